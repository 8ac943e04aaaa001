#include "optim/rules/adam.h"

#include <cmath>

#include "framework/kernels/elementwise/update.h"

namespace pare {
namespace {

class Adam : public Optimizer {
 public:
  explicit Adam(const AdamConfig& config) : config_(config) {}
  int slots() const override { return 2; }
  void update(Parameter& p, const Move& move) const override {
    const auto t = static_cast<double>(move.number);
    const double rate = config_.lr * move.rate_factor;
    const double decay = decay_of(p, config_.weight_decay);
    const bool decoupled = config_.decay == Decay::Decoupled;
    const AdamRule rule{static_cast<float>(rate / (1 - std::pow(config_.beta1, t))),
                        static_cast<float>(config_.beta1),
                        static_cast<float>(config_.beta2),
                        static_cast<float>(config_.eps),
                        static_cast<float>(1 / (1 - std::pow(config_.beta2, t))),
                        static_cast<float>(decoupled ? 0 : decay),
                        static_cast<float>(decoupled ? rate * decay : 0)};
    adam_update(rule, p.grad, p.value, p.slots[0], p.slots[1]);
  }

 private:
  AdamConfig config_;
};

}  // namespace

void AdamConfig::describe(Fields& fields) {
  fields.number("lr", lr, Range::above(0), "learning rate");
  fields.number("beta1", beta1, Range::at_least(0).below(1), "memory of the mean of gradients");
  fields.number("beta2", beta2, Range::at_least(0).below(1), "memory of the mean of squared gradients");
  fields.number("eps", eps, Range::above(0), "added to the root of the mean square");
  fields.number("weight_decay", weight_decay, Range::at_least(0),
                "decay of weights (of other kinds: see kinds)");
  OptimizerConfig::describe(fields);
}

std::unique_ptr<Optimizer> AdamConfig::make() const { return std::make_unique<Adam>(*this); }

}  // namespace pare
