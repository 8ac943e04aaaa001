#include "framework/kernels/quantise.h"

#include <cmath>
#include <numbers>

#include "framework/base/threads.h"
#include "framework/kernels/simd.h"

namespace pare {
namespace {

constexpr float kLn2 = std::numbers::ln2_v<float>;
constexpr int kLanes = 16;
constexpr int64_t kGrain = 1 << 15;

// One channel's constants. clamp(u) = min(max(u, -low), high); at low > high the upper bound wins, as in
// eq. 1.
struct Channel {
  float inverse, step, low, high, slope;  // slope = 2^e ln2 2^(b-1)
};

Channel channel_of(Levels levels, float bits, float exponent) {
  const LevelRange range = level_range(levels, bits);
  const float step = step_size(exponent);
  return {std::exp2(-exponent), step, range.low, range.high, step * kLn2 * std::exp2(bits - 1)};
}

inline float clamped(float u, const Channel& c) {
  const float raised = u > -c.low ? u : -c.low;
  return raised < c.high ? raised : c.high;
}

// Adding 0 turns -0 into +0, so that a level is the same number whether computed here or read from a file.
inline float level(float x, const Channel& c) {
  return c.step * (std::nearbyint(clamped(x * c.inverse, c)) + 0.0f);
}

PARE_SIMD void quantise_row(const float* x, float* y, int64_t n, const Channel& channel) {
  const Channel c = channel;
  for (int64_t i = 0; i < n; ++i) y[i] = level(x[i], c);
}
PARE_SIMD void quantise_row_bf16(const float* x, Bfloat16* y, int64_t n, const Channel& channel) {
  const Channel c = channel;
  for (int64_t i = 0; i < n; ++i) y[i] = Bfloat16(level(x[i], c));
}

struct RowSums {
  float bits = 0, exponent = 0;
};

PARE_SIMD RowSums backward_row(const float* dy, const float* x, float* dx, int64_t n,
                               const Channel& channel) {
  const Channel c = channel;
  float bits[kLanes] = {}, exponent[kLanes] = {};
  const auto one = [&](int64_t i, int lane) {
    const float u = x[i] * c.inverse;
    const float v = clamped(u, c);
    const float q = c.step * std::nearbyint(v);
    const bool above = u >= c.high, below = !above && u <= -c.low;
    const float g = dy[i];
    dx[i] = above || below ? 0.0f : g;
    bits[lane] += above ? g : (below ? -g : 0.0f);
    exponent[lane] += g * (above || below ? q : q - x[i]);
  };
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane) one(i + lane, lane);
  for (; i < n; ++i) one(i, 0);
  RowSums sums;
  for (int lane = 0; lane < kLanes; ++lane) {
    sums.bits += bits[lane];
    sums.exponent += exponent[lane];
  }
  return {sums.bits * c.slope, sums.exponent * kLn2};
}

// r(v) = log2(1 + 2|v|) with v = clamp(u), u = 2^-e x; dr/dv = 2 sign(v) / (ln2 (1 + 2|v|)).
// Inside: dv/dx = 2^-e, dv/de = -ln2 v. Clipped: v = +-bound, dv/db = +-ln2 2^(b-1), dv/de = 0.
struct RateSums {
  double bits = 0, diff_bits = 0, diff_exponent = 0;
};
RateSums rate_row(const float* x, float* dx, int64_t n, const Channel& c, float weight) {
  RateSums sums;
  const float bound_slope = c.slope / c.step;
  for (int64_t i = 0; i < n; ++i) {
    const float u = x[i] * c.inverse;
    const float v = clamped(u, c);
    const float magnitude = 1 + 2 * std::fabs(v);
    sums.bits += std::log2(magnitude);
    const float dv = weight * 2 * (v > 0 ? 1.0f : (v < 0 ? -1.0f : 0.0f)) / (kLn2 * magnitude);
    const bool above = u >= c.high, below = !above && u <= -c.low;
    dx[i] = above || below ? 0.0f : dv * c.inverse;
    if (above) sums.diff_bits += dv * bound_slope;
    if (below) sums.diff_bits -= dv * bound_slope;
    if (!above && !below) sums.diff_exponent -= dv * kLn2 * v;
  }
  return sums;
}

void check_channels(const Tensor& x, const Tensor& bits, const Tensor& exponents) {
  const Shape channels{x.shape()[0]};
  check(bits.shape() == channels && exponents.shape() == channels, "quantise: x ", x.shape(), " with bits ",
        bits.shape(), " and exponents ", exponents.shape());
}

// Calls body(channel index, its constants) for every output channel, in parallel.
template <class Body>
void for_channels(const Tensor& x, const Tensor& bits, const Tensor& exponents, Levels levels,
                  const Body& body) {
  check_channels(x, bits, exponents);
  const int64_t row = std::max<int64_t>(x.shape().row(), 1);
  parallel_ranges(x.shape()[0], kGrain / row + 1, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o)
      body(o, channel_of(levels, bits.data<float>()[o], exponents.data<float>()[o]));
  });
}

}  // namespace

LevelRange level_range(Levels levels, float bits) {
  if (levels == Levels::Paper) {
    const float half = std::exp2(bits - 1);
    return {half, half - 1};
  }
  const float half = (std::exp2(bits) - 1) / 2;
  return {half, half};
}

float step_size(float exponent) { return std::exp2(exponent); }

Tensor quantise_forward(const Tensor& x, const Tensor& bits, const Tensor& exponents, Levels levels,
                        DType dtype) {
  Tensor y(x.shape(), dtype);
  const int64_t row = x.shape().row();
  for_channels(x, bits, exponents, levels, [&](int64_t o, const Channel& c) {
    if (dtype == DType::F32)
      quantise_row(x.data<float>() + o * row, y.data<float>() + o * row, row, c);
    else
      quantise_row_bf16(x.data<float>() + o * row, y.data<Bfloat16>() + o * row, row, c);
  });
  return y;
}

void quantise_to_integers(std::span<const float> x, float bits, float exponent, Levels levels,
                          std::span<int32_t> out) {
  const Channel c = channel_of(levels, bits, exponent);
  for (size_t i = 0; i < x.size(); ++i)
    out[i] = static_cast<int32_t>(std::nearbyint(clamped(x[i] * c.inverse, c)));
}

QuantiseGradients quantise_backward(const Tensor& dy, const Tensor& x, const Tensor& bits,
                                    const Tensor& exponents, Levels levels) {
  check(dy.size() == x.size(), "quantise: dy ", dy.shape(), " for x ", x.shape());
  QuantiseGradients gradients{Tensor(x.shape()), Tensor(bits.shape()), Tensor(exponents.shape())};
  const int64_t row = x.shape().row();
  for_channels(x, bits, exponents, levels, [&](int64_t o, const Channel& c) {
    const RowSums sums = backward_row(dy.data<float>() + o * row, x.data<float>() + o * row,
                                      gradients.x.data<float>() + o * row, row, c);
    gradients.bits.data<float>()[o] = sums.bits;
    gradients.exponents.data<float>()[o] = sums.exponent;
  });
  return gradients;
}

Rate rate_of(const Tensor& x, const Tensor& bits, const Tensor& exponents, Levels levels, float weight) {
  Rate rate{Tensor(bits.shape()), {Tensor(x.shape()), Tensor(bits.shape()), Tensor(exponents.shape())}};
  const int64_t row = x.shape().row();
  for_channels(x, bits, exponents, levels, [&](int64_t o, const Channel& c) {
    const RateSums sums =
        rate_row(x.data<float>() + o * row, rate.gradients.x.data<float>() + o * row, row, c, weight);
    rate.bits_per_channel.data<float>()[o] = static_cast<float>(sums.bits);
    rate.gradients.bits.data<float>()[o] = static_cast<float>(sums.diff_bits);
    rate.gradients.exponents.data<float>()[o] = static_cast<float>(sums.diff_exponent);
  });
  return rate;
}

}  // namespace pare
