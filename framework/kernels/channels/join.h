// The sum of two tensors that carry different channels of the same stream.
#pragma once

#include <span>

#include "framework/tensor/tensor.h"

namespace pare {

// dst channel c = a channel a_from[c] + b channel b_from[c]; -1 stands for a channel that is not there, a
// zero. a (...,CA), b (...,CB), dst (...,C) with the same leading extents; f32 or bf16.
Tensor union_sum_forward(const Tensor& a, const Tensor& b, std::span<const int> a_from,
                         std::span<const int> b_from);

// The gradient of one input with `channels` channels: its channel from[c] gets diff_dst's channel c; others
// get zero.
Tensor union_sum_backward(const Tensor& diff_dst, std::span<const int> from, int64_t channels);

}  // namespace pare
