#include "layers/frozen_weight.h"

namespace pare {

namespace {

[[noreturn]] void refuse() {
  fail(Failure::Internal, "frozen weight: a model that was read from a file does not change");
}

}  // namespace

void FrozenWeight::keep_outputs(std::span<const int>) { refuse(); }
void FrozenWeight::keep_inputs(std::span<const int>) { refuse(); }
void FrozenWeight::scale_outputs(std::span<const float>) { refuse(); }
void FrozenWeight::take(const WeightCode&) { refuse(); }

}  // namespace pare
