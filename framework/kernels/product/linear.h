// The affine map of fully connected layers and its gradients, on oneDNN.
//
// src (N,...), weights (O,...) of the same row size K, bias (O) or empty,
// dst = activation(src weights^T + bias): (N,O), or (N,1,1,O) for weights (O,KH,KW,I), which see a whole
// image. src, weights and dst share one data type, f32 or bf16; bias and the gradients of weights and bias
// are always f32.
#pragma once

#include "framework/kernels/convolution/convolution.h"
#include "framework/tensor/tensor.h"

namespace pare {

Tensor linear_forward(const Tensor& src, const Tensor& weights, const Tensor& bias,
                      Activation activation = Activation::None);
Tensor linear_backward_data(const Tensor& diff_dst, const Tensor& weights);  // (N,K)
WeightGradients linear_backward_weights(const Tensor& diff_dst, const Tensor& src, WithBias with_bias);

}  // namespace pare
