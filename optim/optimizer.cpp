#include "optim/optimizer.h"

#include <algorithm>

namespace pare {

void OptimizerConfig::describe(Fields& fields) { rules.describe(fields); }

void Optimizers::add(std::vector<ParameterKind> kinds, std::unique_ptr<Optimizer> optimizer) {
  groups_.push_back({std::move(kinds), std::move(optimizer)});
}

const Optimizer* Optimizers::optimizer_of(ParameterKind kind) const {
  for (const Group& group : groups_)
    if (std::find(group.kinds.begin(), group.kinds.end(), kind) != group.kinds.end())
      return group.optimizer.get();
  return nullptr;
}

void Optimizers::step(const std::vector<Parameter*>& parameters, double rate_factor) {
  ++steps_;
  if (rules_.clip_norm > 0) clip_gradients(parameters, rules_.clip_norm);
  for (Parameter* parameter : parameters) {
    if (!parameter->grad) continue;
    const Optimizer* const optimizer = optimizer_of(parameter->kind);
    check(optimizer != nullptr, "optimizers: nobody moves ", parameter->name, " of kind ",
          name(parameter->kind));
    while (static_cast<int>(parameter->slots.size()) < optimizer->slots())
      parameter->slots.push_back(Tensor::zeros(parameter->value.shape()));
    const KindRule rule = rules_.kinds.of(parameter->kind);
    optimizer->update(*parameter, {rate_factor * rule.rate, steps_, rule.weight_decay});
    parameter->grad = {};
  }
}

}  // namespace pare
