// Tensors put together channel behind channel.
#pragma once

#include <span>

#include "framework/tensor/tensor.h"

namespace pare {

// (...,C1), (...,C2), ... with the same leading extents -> (...,C1+C2+...), all f32 or all bf16.
Tensor concat_forward(std::span<const Tensor> inputs);

// The gradient of the input whose `channels` channels begin with diff_dst's channel `first`: (...,channels)
Tensor concat_backward(const Tensor& diff_dst, int64_t first, int64_t channels);

}  // namespace pare
