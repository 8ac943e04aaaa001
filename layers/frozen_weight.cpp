#include "layers/frozen_weight.h"

namespace pare {

void FrozenWeight::keep_outputs(std::span<const int>) {
  fail(Failure::Internal, "frozen weight: channels do not leave a model that was read from a file");
}

void FrozenWeight::keep_inputs(std::span<const int> indices) { keep_outputs(indices); }

}  // namespace pare
