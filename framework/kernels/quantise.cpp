#include "framework/kernels/quantise.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "framework/base/simd.h"
#include "framework/base/threads.h"

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

// Adding zero turns -0 into +0, which is what an integer read back from a file gives.
inline float level(float x, const Channel& c) { return std::nearbyint(clamped(x * c.inverse, c)) + 0.0f; }

PARE_SIMD void quantise_row(const float* x, float* y, int64_t n, const Channel& channel) {
  const Channel c = channel;
  for (int64_t i = 0; i < n; ++i) y[i] = c.step * level(x[i], c);
}
PARE_SIMD void quantise_row_bf16(const float* x, Bfloat16* y, int64_t n, const Channel& channel) {
  const Channel c = channel;
  for (int64_t i = 0; i < n; ++i) y[i] = Bfloat16(c.step * level(x[i], c));
}

struct RowSums {
  float bits = 0, exponent = 0;
};

PARE_SIMD RowSums backward_row(const float* __restrict dy, const float* __restrict x, float* __restrict dx,
                               int64_t n, const Channel& channel) {
  const Channel c = channel;
  float bits[kLanes] = {}, exponent[kLanes] = {};
  // Conditional values and no conditional jumps: that is what the compiler turns into vector code.
  const auto one = [&](int64_t i, int lane) {
    const float u = x[i] * c.inverse;
    const float q = c.step * std::nearbyint(clamped(u, c));
    const float g = dy[i];
    const float inside = u >= c.high ? 0.0f : (u <= -c.low ? 0.0f : 1.0f);
    const float side = u >= c.high ? 1.0f : (u <= -c.low ? -1.0f : 0.0f);
    dx[i] = g * inside;
    bits[lane] += g * side;
    exponent[lane] += g * (q - x[i] * inside);
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
  double bits = 0;
  float diff_bits = 0, diff_exponent = 0;
};
// A logarithm a weight would cost more than everything else a step does with that weight. So lanes multiply
// the magnitudes, each at most 2^17 at 16 bits; every kFactors the products' exponents move to a sum of their
// own, and one logarithm is taken of what is left at the end.
constexpr int kFactors = 7;

struct Product {
  float lanes[kLanes];
  int32_t exponents[kLanes] = {};

  Product() { std::fill_n(lanes, kLanes, 1.0f); }
  void move_exponents() {
    constexpr int kMantissaBits = 23;
    constexpr int32_t kOne = 127, kMantissa = (1 << kMantissaBits) - 1;
    for (int lane = 0; lane < kLanes; ++lane) {
      const auto word = std::bit_cast<int32_t>(lanes[lane]);
      exponents[lane] += (word >> kMantissaBits) - kOne;
      lanes[lane] = std::bit_cast<float>((word & kMantissa) | kOne << kMantissaBits);
    }
  }
  double logarithm() {
    move_exponents();
    double product = 1, sum = 0;
    for (int lane = 0; lane < kLanes; ++lane) {
      product *= static_cast<double>(lanes[lane]);
      sum += exponents[lane];
    }
    return sum + std::log2(product);
  }
};

PARE_SIMD RateSums rate_row(const float* __restrict x, float* __restrict dx, int64_t n,
                            const Channel& channel, float weight) {
  const Channel c = channel;
  const float slope = weight * 2 / kLn2;
  float bits[kLanes] = {}, exponent[kLanes] = {};
  Product product;
  RateSums sums;
  const auto one = [&](int64_t i, int lane) {
    const float u = x[i] * c.inverse;
    const float v = clamped(u, c);
    const float magnitude = 1 + 2 * std::fabs(v);
    product.lanes[lane] *= magnitude;
    const float dv = (v > 0.0f ? slope : (v < 0.0f ? -slope : 0.0f)) / magnitude;
    const float inside = u >= c.high ? 0.0f : (u <= -c.low ? 0.0f : 1.0f);
    const float side = u >= c.high ? 1.0f : (u <= -c.low ? -1.0f : 0.0f);
    dx[i] = dv * c.inverse * inside;
    bits[lane] += dv * side;
    exponent[lane] -= dv * v * inside;
  };
  int64_t i = 0;
  for (int rounds = 1; i + kLanes <= n; i += kLanes, ++rounds) {
    for (int lane = 0; lane < kLanes; ++lane) one(i + lane, lane);
    if (rounds % kFactors == 0) product.move_exponents();
  }
  for (int lane = 0; i < n; ++i, ++lane) one(i, lane);
  sums.bits = product.logarithm();
  for (int lane = 0; lane < kLanes; ++lane) {
    sums.diff_bits += bits[lane] * (c.slope / c.step);
    sums.diff_exponent += exponent[lane] * kLn2;
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
