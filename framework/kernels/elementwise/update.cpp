#include "framework/kernels/elementwise/update.h"

#include <cmath>

#include "framework/parallel/simd.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

constexpr int64_t kGrain = 1 << 15;

void sgd_range(const SgdRule& rule, const float* gradient, float* value, float* momentum, int64_t n) {
  const SgdRule r = rule;
  const bool nesterov = r.nesterov == Nesterov::Yes;
  for (int64_t i = 0; i < n; ++i) {
    const float g = gradient[i] + r.decay * value[i];
    const float m = r.momentum * momentum[i] + g;
    momentum[i] = m;
    value[i] -= r.rate * (nesterov ? g + r.momentum * m : m);
  }
}

void adam_range(const AdamRule& rule, const float* gradient, float* value, float* first, float* second,
                int64_t n) {
  const AdamRule r = rule;
  const float keep = 1 - r.shrink;
  for (int64_t i = 0; i < n; ++i) {
    const float g = gradient[i] + r.decay * value[i];
    const float m = r.beta1 * first[i] + (1 - r.beta1) * g;
    const float v = r.beta2 * second[i] + (1 - r.beta2) * g * g;
    first[i] = m;
    second[i] = v;
    value[i] = keep * value[i] - r.rate * m / (std::sqrt(v * r.inverse_correction2) + r.epsilon);
  }
}

void check_same(const Tensor& gradient, const Tensor& value, const Tensor& slot) {
  check(gradient.shape() == value.shape() && slot.shape() == value.shape(), "optimizer: gradient ",
        gradient.shape(), " and slot ", slot.shape(), " for a value of ", value.shape());
}

}  // namespace

void sgd_update(const SgdRule& rule, const Tensor& gradient, Tensor& value, Tensor& momentum) {
  check_same(gradient, value, momentum);
  parallel_ranges(value.size(), kGrain, [&](int64_t begin, int64_t end) {
    simd<sgd_range>(rule, gradient.data<float>() + begin, value.data<float>() + begin,
                    momentum.data<float>() + begin, end - begin);
  });
}

void adam_update(const AdamRule& rule, const Tensor& gradient, Tensor& value, Tensor& m, Tensor& v) {
  check_same(gradient, value, m);
  check_same(gradient, value, v);
  parallel_ranges(value.size(), kGrain, [&](int64_t begin, int64_t end) {
    simd<adam_range>(rule, gradient.data<float>() + begin, value.data<float>() + begin,
                     m.data<float>() + begin, v.data<float>() + begin, end - begin);
  });
}

}  // namespace pare
