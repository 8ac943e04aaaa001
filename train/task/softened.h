// What imitating scores has in common, whatever they stand for.
#pragma once

#include "framework/autograd/ops.h"

namespace pare {

// T^2 (cross_entropy(outputs / T) - least): a divergence, as `least` is the targets' entropy. Its gradient
// stays as large as that of the loss itself, whatever the temperature T (Hinton et al. 2015, section 2.1).
template <class CrossEntropyOf>
Var softened_divergence(Tape& tape, const Var& outputs, float temperature, float least,
                        const CrossEntropyOf& cross_entropy_of) {
  const Var soft = scaled(tape, cast(tape, outputs, DType::F32), 1 / temperature);
  const Var entropy = Tape::constant(Tensor::full(Shape{1}, least));
  return scaled(tape, add_scaled(tape, cross_entropy_of(soft), entropy, -1), temperature * temperature);
}

}  // namespace pare
