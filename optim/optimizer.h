// Optimizer: the rule that moves one parameter along its gradient. Optimizers: which of them moves which
// parameter.
//
// Slots (momentum, moments) live in the Parameter, so they shrink with it. The step counter advances once a
// step for all parameters together.
#pragma once

#include <memory>
#include <vector>

#include "framework/autograd/parameter.h"
#include "framework/config/fields/fields.h"
#include "optim/pattern.h"
#include "optim/rules/update_rules.h"

namespace pare {

struct Move {
  double rate_factor = 1;  // on the learning rate: the schedule's times the parameter's
  int64_t number = 1;      // of this step, counted from 1
};

// The weight decay of this parameter: its own, or else the optimiser's if it is a weight, or else 0.
inline double decay_of(const Parameter& parameter, double of_weights) {
  return parameter.weight_decay.value_or(parameter.is(ParameterTag::Weight) ? of_weights : 0);
}

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  virtual int slots() const = 0;
  // Moves the value along its gradient; slots are there and zero before the first call.
  virtual void update(Parameter& parameter, const Move& move) const = 0;
};

class OptimizerConfig : public Described {
 public:
  UpdateRules rules;

  // Names the rules; an optimiser names its own fields before them.
  void describe(Fields& fields) override;
  virtual std::unique_ptr<Optimizer> make() const = 0;
};

// The optimisers Pare knows, by name. A new one is one row in table.cpp.
const Table<OptimizerConfig>& optimizer_table();

// Each parameter is moved by the first optimiser whose pattern it matches, which need not be there for those
// that have no gradient: statistics, and what is not trainable.
class Optimizers {
 public:
  // `clip_norm`: see UpdateRules; 0: gradients stay as they are.
  explicit Optimizers(double clip_norm = 0) : clip_norm_(clip_norm) {}

  void add(Pattern pattern, std::unique_ptr<Optimizer> optimizer);

  // Moves every parameter that has a gradient, at its own rate, and forgets the gradients.
  void step(const std::vector<Parameter*>& parameters, double rate_factor);

  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }

 private:
  struct Group {
    Pattern pattern;
    std::unique_ptr<Optimizer> optimizer;
  };
  const Optimizer* optimizer_of(const Parameter& parameter) const;

  double clip_norm_;
  std::vector<Group> groups_;
  int64_t steps_ = 0;
};

}  // namespace pare
