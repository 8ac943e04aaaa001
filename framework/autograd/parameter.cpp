#include "framework/autograd/parameter.h"

namespace pare {

const char* name(ParameterKind kind) {
  switch (kind) {
    case ParameterKind::Weight:
      return "weight";
    case ParameterKind::Bias:
      return "bias";
    case ParameterKind::Normalisation:
      return "normalisation";
    case ParameterKind::Bits:
      return "bits";
    case ParameterKind::Exponent:
      return "exponent";
    case ParameterKind::Gate:
      return "gate";
    case ParameterKind::Statistic:
      return "statistic";
  }
  return "?";
}

void Parameter::keep(int axis, std::span<const int> indices) {
  value = value.kept(axis, indices);
  if (grad) grad = grad.kept(axis, indices);
  for (Tensor& slot : slots) slot = slot.kept(axis, indices);
}

}  // namespace pare
