// Mean squared error of outputs against target numbers, always in f32.
#pragma once

#include "framework/tensor/tensor.h"

namespace pare {

// outputs (N,K) f32 or bf16, targets (N,K) f32: the mean over all N K numbers of (output - target)^2.
float squared_error_forward(const Tensor& outputs, const Tensor& targets);

// d loss / d outputs = 2 (output - target) diff_loss / (N K), in the outputs' data type.
Tensor squared_error_backward(const Tensor& outputs, const Tensor& targets, float diff_loss);

// The sum over all numbers of |output - target|.
double absolute_error_sum(const Tensor& outputs, const Tensor& targets);

}  // namespace pare
