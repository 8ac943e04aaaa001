// Two-dimensional convolution (cross-correlation) and its two gradients, on oneDNN.
//
// src (N,H,W,C), weights (O,KH,KW,C/groups), bias (O) or empty, dst (N,OH,OW,O). src, weights and dst share
// one data type, f32 or bf16; bias and the gradients of weights and bias are always f32.
#pragma once

#include "framework/base/per_axis.h"
#include "framework/kernels/elementwise/activation.h"
#include "framework/tensor/tensor.h"

namespace pare {

// How a kernel moves along one axis.
struct Steps {
  int stride = 1;
  int padding = 0;   // zeros on each of both sides
  int dilation = 1;  // 1 = dense kernel
};

struct Conv2dGeometry {
  PerAxis stride = 1, padding = 0, dilation = 1;
  int groups = 1;

  Steps along_height() const { return {stride.height, padding.height, dilation.height}; }
  Steps along_width() const { return {stride.width, padding.width, dilation.width}; }
};

// Extent of the output along one axis; 0 when the kernel does not fit.
int convolved(int extent, int kernel, const Steps& steps);

// activation(src * weights + bias). The gradients below are of what the activation is applied to.
Tensor conv2d_forward(const Tensor& src, const Tensor& weights, const Tensor& bias,
                      const Conv2dGeometry& geometry, Activation activation = Activation::None);

struct WeightGradients {
  Tensor weights;
  Tensor bias;  // empty unless asked for
};
enum class WithBias { No, Yes };

// Of an empty `src` only the shape counts, and no gradients of weights and bias are made; of empty `weights`
// likewise, and no gradient of src.
struct ConvolutionOperand {
  Tensor numbers;
  Shape shape;
};
struct ConvolutionGradients {
  Tensor src;
  WeightGradients parameters;
};

// All that are wanted at once, which can be less work than one after the other.
ConvolutionGradients conv2d_backward(const Tensor& diff_dst, const ConvolutionOperand& src,
                                     const ConvolutionOperand& weights, const Conv2dGeometry& geometry,
                                     WithBias with_bias);

}  // namespace pare
