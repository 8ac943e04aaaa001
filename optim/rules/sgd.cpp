#include "optim/rules/sgd.h"

#include "framework/kernels/elementwise/update.h"

namespace pare {
namespace {

class Sgd : public Optimizer {
 public:
  explicit Sgd(const SgdConfig& config) : config_(config) {}
  int slots() const override { return 1; }
  void update(Parameter& p, const Move& move) const override {
    const double decay = decay_of(p, config_.weight_decay);
    const SgdRule rule{static_cast<float>(config_.lr * move.rate_factor),
                       static_cast<float>(config_.momentum), static_cast<float>(decay),
                       config_.nesterov ? Nesterov::Yes : Nesterov::No};
    sgd_update(rule, p.grad, p.value, p.slots[0]);
  }

 private:
  SgdConfig config_;
};

}  // namespace

void SgdConfig::describe(Fields& fields) {
  fields.number("lr", lr, Range::above(0), "learning rate");
  fields.number("momentum", momentum, Range::at_least(0).below(1),
                "how much of the last step's direction stays");
  fields.number("weight_decay", weight_decay, Range::at_least(0),
                "L2 penalty on weights (on other kinds: see kinds)");
  fields.flag("nesterov", nesterov, "looks ahead along the momentum");
  OptimizerConfig::describe(fields);
}

std::unique_ptr<Optimizer> SgdConfig::make() const { return std::make_unique<Sgd>(*this); }

}  // namespace pare
