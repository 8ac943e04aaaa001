// Softmax cross-entropy of class scores against integer labels, always in f32.
#pragma once

#include <cstdint>
#include <span>

#include "framework/base/tensor.h"

namespace pare {

struct CrossEntropy {
  Tensor probabilities;  // (N,K) f32
  float loss = 0;        // mean over the N rows, in nats
};

// logits (N,K) f32 or bf16, one label in [0,K) a row. With label smoothing a > 0 the target of class k is
// (1-a) [k = label] + a/K (Szegedy et al., CVPR 2016).
CrossEntropy cross_entropy_forward(const Tensor& logits, std::span<const int32_t> labels, float smoothing);

// d loss / d logits = (probabilities - targets) * diff_loss / N, in the data type asked for.
Tensor cross_entropy_backward(const Tensor& probabilities, std::span<const int32_t> labels, float smoothing,
                              float diff_loss, DType dtype);

// How many rows have their label as the largest score (the first one on ties).
int64_t count_correct(const Tensor& logits, std::span<const int32_t> labels);

}  // namespace pare
