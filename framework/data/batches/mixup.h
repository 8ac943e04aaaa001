// Mixup (Zhang et al. 2018): examples of a batch blended with one another, and what they ask for likewise.
#pragma once

#include <cstdint>

#include "framework/tensor/tensor.h"

namespace pare {

// The share that an example keeps of itself: of Beta(alpha, alpha), 0 < alpha <= 4. One draw a batch.
float draw_own_share(double alpha, uint64_t seed, int epoch, int position);

// Row n becomes own_share times itself and the rest of row N-1-n, computed in f32. rows: (N,...) f32 or bf16.
// Batches are drawn at random, so any pairing of their rows is one.
void blend_with_reversed(Tensor& rows, float own_share);

}  // namespace pare
