// Convolution with 3x3 and 5x5 kernels at stride 1 by Winograd's minimal filtering, and its two gradients.
//
// Tiles of 4x4 outputs: a quarter (3x3) or a sixth (5x5) of the multiplications of the direct method. In f32,
// and with 5x5 in bf16, they are made in f32: rounding errors are three to ten times those of the direct sum,
// far below bf16's. With 3x3 in bf16 their operands are bf16, which costs 1 % of the result (root mean
// square). Arguments and results are those of convolution.h, whose functions choose.
#pragma once

#include "framework/kernels/convolution/convolution.h"

namespace pare {

// Whether to: the context (framework/parallel/context.h) allows it, and it is faster than oneDNN's direct
// convolution.
bool use_winograd(const Shape& src, const Shape& weights, const Shape& dst, DType dtype,
                  const Conv2dGeometry& g);

Tensor winograd_forward(const Tensor& src, const Tensor& weights, const Tensor& bias, const Shape& dst_shape,
                        int padding, Activation activation = Activation::None);

ConvolutionGradients winograd_backward(const Tensor& diff_dst, const ConvolutionOperand& src,
                                       const ConvolutionOperand& weights, int padding, WithBias with_bias);

}  // namespace pare
