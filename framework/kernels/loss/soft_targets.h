// Soft targets: probabilities out of another network's scores, softened by a temperature (Hinton, Vinyals and
// Dean, "Distilling the Knowledge in a Neural Network", 2015). Always in f32.
#pragma once

#include "framework/tensor/tensor.h"

namespace pare {

// (N,K) f32 or bf16 -> (N,K): of each row softmax(logits / temperature)
Tensor softened_classes(const Tensor& logits, float temperature);
// (N,K) f32 or bf16 -> (N,K): of each number sigmoid(logit / temperature)
Tensor softened_labels(const Tensor& logits, float temperature);

// In nats: the mean over rows of the entropy of each row, a distribution over classes, and the mean over all
// numbers of that of a label which is there with this probability. They are what the cross-entropies of
// softmax.h and errors.h are at least.
float entropy_of_classes(const Tensor& distributions);
float entropy_of_labels(const Tensor& probabilities);

}  // namespace pare
