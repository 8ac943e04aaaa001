// The mean over each channel's whole image, of any height and width. src (N,H,W,C) -> dst (N,1,1,C), f32 or
// bf16.
#pragma once

#include "framework/tensor/tensor.h"

namespace pare {

Tensor image_mean_forward(const Tensor& src);
Tensor image_mean_backward(const Tensor& diff_dst, const Shape& src);

}  // namespace pare
