// Convolution with 3x3 and 5x5 kernels at stride 1 by Winograd's minimal filtering, and its two gradients.
//
// Tiles of 4x4 outputs: a quarter (3x3) or a sixth (5x5) of the multiplications of the direct method, in f32
// whatever the data type of the operands; rounding errors are three to ten times those of the direct sum, far
// below bf16's. Arguments and results are those of convolution.h, whose functions choose.
#pragma once

#include "framework/kernels/convolution.h"

namespace pare {

// Whether this is faster than oneDNN's direct convolution.
bool pays_winograd(const Shape& src, const Shape& weights, const Shape& dst, DType dtype,
                   const Conv2dGeometry& g);

Tensor winograd_forward(const Tensor& src, const Tensor& weights, const Tensor& bias, const Shape& dst_shape,
                        int padding);
Tensor winograd_backward_data(const Tensor& diff_dst, const Tensor& weights, const Shape& src_shape,
                              int padding);
WeightGradients winograd_backward_weights(const Tensor& diff_dst, const Tensor& src,
                                          const Shape& weights_shape, int padding, WithBias with_bias);

}  // namespace pare
