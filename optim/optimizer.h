// Optimizer: the rule that moves one parameter along its gradient. Optimizers: who moves which kind of
// parameter.
//
// Slots (momentum, moments) live in the Parameter, so they shrink with it. The step counter advances once a
// step for all parameters together.
#pragma once

#include <memory>
#include <vector>

#include "framework/autograd/parameter.h"
#include "framework/config/fields.h"
#include "optim/update_rules.h"

namespace pare {

struct Move {
  double rate_factor = 1;  // the schedule's factor on the learning rate
  int64_t number = 1;      // of this step, counted from 1
  // Of every kind but weights, whose decay the optimiser itself knows.
  double weight_decay = 0;
};

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

// Parameter groups: each kind of parameter is moved by the first group that names it. Statistics are never
// moved.
class Optimizers {
 public:
  explicit Optimizers(const UpdateRules& rules = {}) : rules_(rules) {}

  void add(std::vector<ParameterKind> kinds, std::unique_ptr<Optimizer> optimizer);

  // Moves every parameter that has a gradient, by the rules, and forgets the gradients.
  void step(const std::vector<Parameter*>& parameters, double rate_factor);

  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }

 private:
  struct Group {
    std::vector<ParameterKind> kinds;
    std::unique_ptr<Optimizer> optimizer;
  };
  const Optimizer* optimizer_of(ParameterKind kind) const;

  UpdateRules rules_;
  std::vector<Group> groups_;
  int64_t steps_ = 0;
};

}  // namespace pare
