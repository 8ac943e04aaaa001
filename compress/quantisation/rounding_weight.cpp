#include "compress/quantisation/rounding_weight.h"

#include <algorithm>
#include <cmath>

#include "framework/kernels/quantisation/quantise.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

// The rectified sigmoid (equation 23), which reaches 0 and 1.
constexpr float kStretch = 1.2f, kBelow = 0.1f;

float sigmoid(float v) { return 1 / (1 + std::exp(-v)); }
float share_of(float v) { return std::clamp(kStretch * sigmoid(v) - kBelow, 0.0f, 1.0f); }
// dh/dv
float slope_of(float v) {
  const float s = sigmoid(v), h = kStretch * s - kBelow;
  return h > 0 && h < 1 ? kStretch * s * (1 - s) : 0;
}
float v_of(float share) {
  const float s = (share + kBelow) / kStretch;
  return std::log(s / (1 - s));
}

}  // namespace

RoundingWeight::RoundingWeight(const Tensor& values, std::vector<float> exponents, IntegerRange range)
    : range_(range),
      exponents_(std::move(exponents)),
      shares_{"shares", ParameterTag::Weight, Tensor(values.shape()), {}, {}} {
  const int64_t row = values.shape().row();
  for (int64_t i = 0; i < values.size(); ++i) {
    const float u = values.data<float>()[i] / step_size(exponents_[static_cast<size_t>(i / row)]);
    floors_.push_back(std::floor(u));
    shares_.value.data<float>()[i] = v_of(u - floors_.back());
  }
}

void RoundingWeight::push(float strength, float sharpness) {
  strength_ = strength;
  sharpness_ = sharpness;
}

// body(i, its step), on all threads.
template <class Body>
void RoundingWeight::each_weight(const Body& body) const {
  const int64_t row = shape().row();
  parallel_ranges(shape().count(), grain_of_rows(16), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) body(i, step_size(exponents_[static_cast<size_t>(i / row)]));
  });
}

Var RoundingWeight::effective(Pass& pass) {
  const Var v = pass.tape.leaf(shares_);
  Tensor weights(shape());
  each_weight([&](int64_t i, float step) {
    const float level = floors_[static_cast<size_t>(i)] + share_of(v.value.data<float>()[i]);
    weights.data<float>()[i] = step * std::clamp(level, range_.low, range_.high);
  });
  return pass.tape.record("rounding", weights.to(pass.dtype), v.needs_grad(),
                          [this, v](const Tensor& dy, Tape& gradients) {
                            Tensor gradient = dy.to(DType::F32).clone();
                            each_weight([&](int64_t i, float step) { backward(v.value, i, step, gradient); });
                            gradients.add(v.node, std::move(gradient));
                          });
}

// `gradient` is that of the weight before and of its share after.
void RoundingWeight::backward(const Tensor& shares, int64_t i, float step, Tensor& gradient) const {
  const float v = shares.data<float>()[i], h = share_of(v);
  const float level = floors_[static_cast<size_t>(i)] + h, wide = 2 * h - 1;
  float& g = gradient.data<float>()[i];
  g = level > range_.low && level < range_.high ? g * step : 0;
  if (strength_ > 0)
    g -= strength_ * 2 * sharpness_ * std::copysign(std::pow(std::fabs(wide), sharpness_ - 1), wide);
  g *= slope_of(v);
}

WeightCode RoundingWeight::code() const {
  WeightCode code{shape(), {}, exponents_, {}};
  for (size_t i = 0; i < floors_.size(); ++i) {
    const float level = floors_[i] + (share_of(shares_.value.floats()[i]) >= 0.5f ? 1.0f : 0.0f);
    code.levels.push_back(static_cast<int32_t>(std::clamp(level, range_.low, range_.high)));
  }
  return code;
}

void RoundingWeight::keep_outputs(std::span<const int>) { check(false, "rounding: channels stay"); }
void RoundingWeight::keep_inputs(std::span<const int>) { check(false, "rounding: channels stay"); }
void RoundingWeight::take(const WeightCode&) { check(false, "rounding: takes no other weights"); }

}  // namespace pare
