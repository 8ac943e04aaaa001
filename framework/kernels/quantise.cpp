#include "framework/kernels/quantise.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <numbers>

#include "framework/base/simd.h"
#include "framework/base/threads.h"
#include "framework/kernels/element_type.h"
#include "framework/kernels/write_each.h"

namespace pare {
namespace {

constexpr float kLn2 = std::numbers::ln2_v<float>;

// One channel's constants. clamp(u) = min(max(u, -low), high); at low > high the upper bound wins, as in
// eq. 1.
struct Channel {
  float inverse, step, low, high, slope;  // slope = 2^e ln2 2^(b-1)
};

// half = 2^(b-1)
LevelRange range_of(Levels levels, float half) {
  return levels == Levels::Paper ? LevelRange{half, half - 1} : LevelRange{half - 0.5f, half - 0.5f};
}

Channel channel_of(Levels levels, float bits, float exponent) {
  const float half = std::exp2(bits - 1), step = step_size(exponent);
  const LevelRange range = range_of(levels, half);
  return {std::exp2(-exponent), step, range.low, range.high, step * kLn2 * half};
}

inline float clamped(float u, const Channel& c) {
  const float raised = u > -c.low ? u : -c.low;
  return raised < c.high ? raised : c.high;
}

// Adding zero turns -0 into +0, which is what an integer read back from a file gives.
inline float quantised(float v, const Channel& c) { return c.step * (std::nearbyint(v) + 0.0f); }

// Sums over a row are made in lanes, their number being the same on all machines.
constexpr int kLanes = 16;

// Calls block(i, first, lanes) such that each of n elements is i + lane of one block, lane in [first, lanes).
// Where they fill no whole number of blocks, the last one begins before the last but one ends; fewer than a
// block come as they are. A block's loop says ivdep: checked in each block, that rows do not overlap would
// keep the sums in memory, and there each addition waits for the last one's way there and back.
template <class Block>
inline void in_blocks(int64_t n, const Block& block) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) block(i, 0, kLanes);
  if (i == 0)
    block(0, 0, static_cast<unsigned>(n));
  else if (i < n)
    block(n - kLanes, static_cast<unsigned>(i - (n - kLanes)), kLanes);
}

// All lanes made one.
template <class Operation>
inline float folded(float (&lanes)[kLanes], const Operation& operation) {
#pragma GCC unroll 4
  for (int half = kLanes / 2; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane) lanes[lane] = operation(lanes[lane], lanes[lane + half]);
  return lanes[0];
}

// A logarithm a weight would cost more than everything else a step does with that weight. So lanes multiply
// the magnitudes, whose exponents move to a sum of their own, and one logarithm is taken of what is left at
// the end.
struct Product {
  static constexpr int kFactors = 4;  // below 2^31, that together stay finite

  float mantissas[kLanes];
  int32_t exponents[kLanes] = {};

  Product() { std::fill_n(mantissas, kLanes, 1.0f); }
  // `factors`: the product of at most kFactors. One by one, each would wait for the last one's exponent.
  void multiply(unsigned lane, float factors) {
    constexpr int kMantissaBits = 23;
    constexpr int32_t kOne = 127, kMantissa = (1 << kMantissaBits) - 1;
    const auto word = std::bit_cast<int32_t>(mantissas[lane] * factors);
    exponents[lane] += (word >> kMantissaBits) - kOne;
    mantissas[lane] = std::bit_cast<float>((word & kMantissa) | kOne << kMantissaBits);
  }
  // Of the product after so many doublings.
  float logarithm(int64_t doublings) {
    for (const int32_t e : exponents) doublings += e;
    return static_cast<float>(doublings) + std::log2(folded(mantissas, std::multiplies<>()));
  }
};

template <class T>
PARE_SIMD void quantise_row(T* y, const float* x, int64_t n, const Channel& channel) {
  const Channel c = channel;
  write_each(y, n, [&](int64_t i) { return quantised(clamped(x[i] * c.inverse, c), c); });
}

// The same, and the rate, of which each weight pays log2(1/2 + |v|) and one bit.
template <class T>
PARE_SIMD float charged_quantise_row(T* y, const float* x, int64_t n, const Channel& channel) {
  const Channel c = channel;
  Product product;
  write_stretches(y, n, [&](float* out, int64_t begin, int64_t count) {
    const auto factor = [&](int64_t i) {
      const float v = clamped(x[begin + i] * c.inverse, c);
      out[i] = quantised(v, c);
      return 0.5f + std::fabs(v);
    };
    constexpr int kTogether = Product::kFactors * kLanes;
    int64_t done = 0;
    for (; done + kTogether <= count; done += kTogether)
#pragma GCC ivdep
      for (int lane = 0; lane < kLanes; ++lane) {
        float factors = 1;
#pragma GCC unroll 4
        for (int f = 0; f < Product::kFactors; ++f) factors *= factor(done + lane + f * kLanes);
        product.multiply(lane, factors);
      }
    in_blocks(count - done, [&](int64_t i, unsigned first, unsigned lanes) {
#pragma GCC ivdep
      for (unsigned lane = 0; lane < lanes; ++lane) {
        const float one = factor(done + i + lane);
        product.multiply(lane, lane < first ? 1 : one);
      }
    });
  });
  return product.logarithm(n);
}

struct RowSums {
  float bits = 0, exponent = 0;
};

// The rate r(v) = log2(1 + 2|v|) of v = clamp(u), u = 2^-e x, is one more term of the gradient of what lies
// before the rounding: 2^e v gets 2^-e dr/dv = 2^-e / (ln2 (sign(v)/2 + v)) times its weight.
// `gradient` is dy before and dx after.
template <bool kCharged>
PARE_SIMD RowSums backward_row(float* __restrict gradient, const float* __restrict x, int64_t n,
                               const Channel& channel, float rate_slope) {
  const Channel c = channel;
  const float charge = rate_slope * c.inverse / kLn2, middle = (c.high - c.low) / 2;
  struct Terms {
    float x, bits, exponent;
  };
  // Conditional values and no conditional jumps: that is what the compiler turns into vector code.
  const auto terms = [&](int64_t i) {
    const float u = x[i] * c.inverse;
    const float v = clamped(u, c);
    const float g = gradient[i];
    const float d = kCharged && v != 0.0f ? charge / (std::copysign(0.5f, v) + v) : 0.0f;
    const float all = g + d;
    const float inside = u < c.high && u > -c.low ? all : 0.0f;
    const float clipped = all - inside;  // above where x lies right of the range's middle, else below
    // the exponent's in steps of 2^e: g (q - x) - d x inside, g q where x is clipped
    return Terms{inside, std::copysign(1.0f, u - middle) * clipped, g * std::nearbyint(v) - inside * u};
  };
  float bits[kLanes] = {}, exponent[kLanes] = {};
  in_blocks(n, [&](int64_t i, unsigned first, unsigned lanes) {
#pragma GCC ivdep
    for (unsigned lane = 0; lane < lanes; ++lane) {
      const Terms t = terms(i + lane);
      gradient[i + lane] = lane < first ? gradient[i + lane] : t.x;
      bits[lane] += lane < first ? 0 : t.bits;
      exponent[lane] += lane < first ? 0 : t.exponent;
    }
  });
  return {folded(bits, std::plus<>()) * c.slope, folded(exponent, std::plus<>()) * c.step * kLn2};
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
  const int64_t row = x.shape().row();
  const float *const b = bits.data<float>(), *const e = exponents.data<float>();
  parallel_ranges(x.shape()[0], grain_of_rows(row), [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) body(o, channel_of(levels, b[o], e[o]));
  });
}

}  // namespace

LevelRange level_range(Levels levels, float bits) { return range_of(levels, std::exp2(bits - 1)); }

float signed_bits(Levels levels) { return levels == Levels::Paper ? 2 : std::log2(3.0f); }

float step_size(float exponent) { return std::exp2(exponent); }

Tensor quantise_forward(const Tensor& x, const Tensor& bits, const Tensor& exponents, Levels levels,
                        DType dtype, Tensor* rates) {
  Tensor y(x.shape(), dtype);
  if (rates != nullptr) *rates = Tensor(bits.shape());
  float* const charged = rates != nullptr ? rates->data<float>() : nullptr;
  const float* const weights = x.data<float>();
  const int64_t row = x.shape().row();
  with_type(dtype, [&](auto zero) {
    auto* const out = y.data<decltype(zero)>();
    for_channels(x, bits, exponents, levels, [&](int64_t o, const Channel& c) {
      if (charged == nullptr) return quantise_row(out + o * row, weights + o * row, row, c);
      charged[o] = charged_quantise_row(out + o * row, weights + o * row, row, c);
    });
  });
  return y;
}

void quantise_to_integers(std::span<const float> x, float bits, float exponent, Levels levels,
                          std::span<int32_t> out) {
  const Channel c = channel_of(levels, bits, exponent);
  for (size_t i = 0; i < x.size(); ++i)
    out[i] = static_cast<int32_t>(std::nearbyint(clamped(x[i] * c.inverse, c)));
}

QuantiseGradients quantise_backward(Tensor dy, const Tensor& x, const Tensor& bits, const Tensor& exponents,
                                    Levels levels, float rate_slope) {
  check(dy.size() == x.size(), "quantise: dy ", dy.shape(), " for x ", x.shape());
  if (!dy.sole_owner()) dy = dy.clone();
  QuantiseGradients gradients{dy.reshaped(x.shape()), Tensor(bits.shape()), Tensor(exponents.shape())};
  float* const gradient = gradients.x.data<float>();
  float *const of_bits = gradients.bits.data<float>(), *const of_exponents =
                                                           gradients.exponents.data<float>();
  const float* const weights = x.data<float>();
  const int64_t row = x.shape().row();
  for_channels(x, bits, exponents, levels, [&](int64_t o, const Channel& c) {
    const int64_t at = o * row;
    const RowSums sums = rate_slope == 0
                             ? backward_row<false>(gradient + at, weights + at, row, c, 0)
                             : backward_row<true>(gradient + at, weights + at, row, c, rate_slope);
    of_bits[o] = sums.bits;
    of_exponents[o] = sums.exponent;
  });
  return gradients;
}

}  // namespace pare
