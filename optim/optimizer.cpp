#include "optim/optimizer.h"

#include <algorithm>

namespace pare {

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
  const Move move{rate_factor, ++steps_};
  for (Parameter* parameter : parameters) {
    if (!parameter->grad) continue;
    const Optimizer* const optimizer = optimizer_of(parameter->kind);
    check(optimizer != nullptr, "optimizers: nobody moves ", parameter->name, " of kind ",
          name(parameter->kind));
    while (static_cast<int>(parameter->slots.size()) < optimizer->slots())
      parameter->slots.push_back(Tensor::zeros(parameter->value.shape()));
    optimizer->update(*parameter, move);
    parameter->grad = {};
  }
}

}  // namespace pare
