// Batch normalisation over rows x channels, fused with a residual add and a ReLU. Ioffe & Szegedy, ICML 2015.
//
// src (N,H,W,C) or (N,C), f32 or bf16; gamma, beta and statistics (C) f32. Written by hand: it is bound by
// memory, so what counts is the number of passes, and oneDNN 2.6's NHWC version is six times slower at odd
// channel counts.
#pragma once

#include "framework/kernels/elementwise/activation.h"
#include "framework/tensor/tensor.h"

namespace pare {

struct BatchNormForward {
  Tensor dst;
  Tensor mean, variance;  // of this batch, biased (divided by the number of rows)
};

// dst = activation((src - mean) / sqrt(variance + epsilon) * gamma + beta + residual); residual may be empty.
BatchNormForward batch_norm_forward(const Tensor& src, const Tensor& gamma, const Tensor& beta, float epsilon,
                                    const Tensor& residual, Activation activation);

struct BatchNormGradients {
  Tensor src, gamma, beta;
  Tensor residual;  // empty without a residual
};

// With z the gradient behind the activation and x^ = (src - mean) / sqrt(variance + epsilon), over m rows:
//   diff_beta = sum z, diff_gamma = sum z x^, diff_residual = z,
//   diff_src = gamma / sqrt(variance + epsilon) (z - diff_beta / m - x^ diff_gamma / m)
enum class WithResidual { No, Yes };
BatchNormGradients batch_norm_backward(const Tensor& diff_dst, const Tensor& dst, const Tensor& src,
                                       const Tensor& gamma, const Tensor& mean, const Tensor& variance,
                                       float epsilon, WithResidual with_residual, Activation activation);

// dst = activation(src * scale + shift + residual), for evaluation: scale and shift (C) f32.
Tensor scale_shift(const Tensor& src, const Tensor& scale, const Tensor& shift, const Tensor& residual,
                   Activation activation);

}  // namespace pare
