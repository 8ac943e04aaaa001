// Losses of outputs against target numbers, always in f32: each is the mean over all N K numbers of a
// function of d = output - target. outputs (N,K) f32 or bf16, targets (N,K) f32; gradients are in the
// outputs' data type.
#pragma once

#include "framework/tensor/tensor.h"

namespace pare {

// d^2
float squared_error_forward(const Tensor& outputs, const Tensor& targets);
Tensor squared_error_backward(const Tensor& outputs, const Tensor& targets, float diff_loss);

// |d|; its slope at 0 is 0
float absolute_error_forward(const Tensor& outputs, const Tensor& targets);
Tensor absolute_error_backward(const Tensor& outputs, const Tensor& targets, float diff_loss);

// Huber's loss ("Robust Estimation of a Location Parameter", 1964): d^2 / 2 where |d| <= delta, delta > 0,
// and delta (|d| - delta / 2) beyond.
float huber_forward(const Tensor& outputs, const Tensor& targets, float delta);
Tensor huber_backward(const Tensor& outputs, const Tensor& targets, float delta, float diff_loss);

// Of an output as the logarithm of odds, against a target in [0, 1]: the cross-entropy of sigmoid(output),
// log(1 + exp(output)) - target output, in nats.
float binary_cross_entropy_forward(const Tensor& outputs, const Tensor& targets);
Tensor binary_cross_entropy_backward(const Tensor& outputs, const Tensor& targets, float diff_loss);

}  // namespace pare
