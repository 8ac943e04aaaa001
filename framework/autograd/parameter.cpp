#include "framework/autograd/parameter.h"

namespace pare {

const char* name(ParameterTag tag) {
  switch (tag) {
    case ParameterTag::Weight:
      return "weight";
    case ParameterTag::Bias:
      return "bias";
    case ParameterTag::Normalisation:
      return "normalisation";
    case ParameterTag::Bits:
      return "bits";
    case ParameterTag::Exponents:
      return "exponents";
    case ParameterTag::Gate:
      return "gate";
    case ParameterTag::ActivationStep:
      return "activation_step";
    case ParameterTag::Statistic:
      return "statistic";
  }
  return "?";
}

std::string name_list(ParameterTags tags) {
  std::string list;
  for (const ParameterTag tag : kParameterTags)
    if (tags.has(tag)) list.append(list.empty() ? "" : ", ").append(name(tag));
  return list;
}

void Parameter::keep(int axis, std::span<const int> indices) {
  value = value.kept(axis, indices);
  if (grad) grad = grad.kept(axis, indices);
  for (Tensor& slot : slots) slot = slot.kept(axis, indices);
  if (importance && axis == 0) importance = importance.kept(0, indices);
}

}  // namespace pare
