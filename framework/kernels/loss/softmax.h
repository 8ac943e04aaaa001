// Softmax cross-entropy of class scores against target distributions, always in f32.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "framework/tensor/tensor.h"

namespace pare {

struct CrossEntropy {
  Tensor probabilities;  // (N,K) f32
  float loss = 0;        // mean over the N rows, in nats
};

// Targets (N,K) f32 that say: row n is of class labels[n], in [0,K). With label smoothing a > 0 the target of
// class k is (1-a) [k = label] + a/K (Szegedy et al., CVPR 2016).
Tensor targets_of(std::span<const int32_t> labels, int64_t classes, float smoothing);

// logits (N,K) f32 or bf16; targets (N,K) f32, each row a distribution: loss = mean over n of
// -weight_n sum_k targets_nk log probabilities_nk. `weights` (N); without them each row counts 1.
CrossEntropy cross_entropy_forward(const Tensor& logits, const Tensor& targets,
                                   std::span<const float> weights = {});

// d loss / d logits = weight_n (probabilities - targets) * diff_loss / N, in the data type asked for.
Tensor cross_entropy_backward(const Tensor& probabilities, const Tensor& targets,
                              std::span<const float> weights, float diff_loss, DType dtype);

// The class of each row's largest score (the first one on ties). logits (N,K) f32 or bf16
std::vector<int32_t> largest_scores(const Tensor& logits);
// How many rows have their label as the largest score.
int64_t count_correct(const Tensor& logits, std::span<const int32_t> labels);

}  // namespace pare
