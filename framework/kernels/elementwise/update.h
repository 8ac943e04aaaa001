// The loops of optimisers: one pass over value, gradient and slots. All tensors f32 of one shape, updated in
// place.
#pragma once

#include "framework/tensor/tensor.h"

namespace pare {

enum class Nesterov { No, Yes };

// g = gradient + decay * value; momentum slot m = momentum * m + g; value -= rate * (m, or g + momentum * m).
struct SgdRule {
  float rate = 0.1f, momentum = 0, decay = 0;
  Nesterov nesterov = Nesterov::No;
};
void sgd_update(const SgdRule& rule, const Tensor& gradient, Tensor& value, Tensor& momentum);

// Kingma & Ba 2015, with the bias correction folded in: g = gradient + decay * value;
// m = b1 m + (1-b1) g; v = b2 v + (1-b2) g^2; value -= rate_t * m / (sqrt(v / correction2) + eps).
// `shrink` is AdamW's decoupled decay: value *= 1 - shrink first (Loshchilov & Hutter 2019).
struct AdamRule {
  float rate = 1e-3f;  // learning rate / (1 - b1^t)
  float beta1 = 0.9f, beta2 = 0.999f, epsilon = 1e-8f;
  float inverse_correction2 = 1;  // 1 / (1 - b2^t)
  float decay = 0, shrink = 0;
};
void adam_update(const AdamRule& rule, const Tensor& gradient, Tensor& value, Tensor& m, Tensor& v);

}  // namespace pare
