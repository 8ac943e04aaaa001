#include "optim/optimizer.h"

namespace pare {

void OptimizerConfig::describe(Fields& fields) { rules.describe(fields); }

void Optimizers::add(Pattern pattern, std::unique_ptr<Optimizer> optimizer) {
  groups_.push_back({std::move(pattern), std::move(optimizer)});
}

const Optimizer* Optimizers::optimizer_of(const Parameter& parameter) const {
  for (const Group& group : groups_)
    if (group.pattern.matches(parameter)) return group.optimizer.get();
  return nullptr;
}

void Optimizers::step(const std::vector<Parameter*>& parameters, double rate_factor) {
  ++steps_;
  if (clip_norm_ > 0) clip_gradients(parameters, clip_norm_);
  for (Parameter* parameter : parameters) {
    if (!parameter->grad) continue;
    const Optimizer* const optimizer = optimizer_of(*parameter);
    check(optimizer != nullptr, "optimizers: no optimizer updates ", parameter->name, " (",
          name_list(parameter->tags), ")");
    while (static_cast<int>(parameter->slots.size()) < optimizer->slots())
      parameter->slots.push_back(Tensor::zeros(parameter->value.shape()));
    optimizer->update(*parameter, {rate_factor * parameter->rate, steps_});
    parameter->grad = {};
  }
}

}  // namespace pare
