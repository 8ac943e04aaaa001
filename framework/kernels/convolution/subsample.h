// Every stride-th pixel of an image, in both directions: what a strided 1x1 convolution does besides
// multiplying.
#pragma once

#include "framework/base/per_axis.h"
#include "framework/tensor/tensor.h"

namespace pare {

// (N,H,W,C) -> (N,ceil(H/stride),ceil(W/stride),C), each by its own, f32 or bf16.
Tensor subsample_forward(const Tensor& src, const PerAxis& stride);

// diff_src of the given shape: diff_dst at the pixels that were read, zeros elsewhere.
Tensor subsample_backward(const Tensor& diff_dst, const Shape& src_shape, const PerAxis& stride);

}  // namespace pare
