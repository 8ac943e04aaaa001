#include "framework/kernels/quantisation/quantise.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "framework/kernels/elementwise/element_type.h"
#include "framework/kernels/elementwise/write_each.h"
#include "framework/parallel/simd.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

constexpr float kLn2 = std::numbers::ln2_v<float>;

// half = 2^(b-1)
LevelRange range_of(Levels levels, float half) {
  if (levels == Levels::Paper) return {half, half - 1};
  const float below = std::max(half - 0.5f, 0.0f) * (1 - std::numeric_limits<float>::epsilon());
  return {below, below};
}

QuantiserChannel channel_of(Levels levels, float bits, float exponent) {
  const float half = std::exp2(bits - 1), step = step_size(exponent);
  const LevelRange range = range_of(levels, half);
  // at low > high the upper bound wins, as in eq. 1
  return {std::exp2(-exponent), step, std::min(-range.low, range.high), range.high, step * kLn2 * half, true};
}

// Whether u lies within the bounds, and at none of them.
inline bool inside(float u, const QuantiserChannel& c) { return u < c.high && u > c.low; }

// The same as the highest bit, for loops that ask of many: both differences are below zero.
inline int32_t inside_bit(float u, const QuantiserChannel& c) {
  return std::bit_cast<int32_t>(u - c.high) & std::bit_cast<int32_t>(c.low - u);
}

// NaN stays NaN, as no comparison holds for it.
inline float clamped(float u, const QuantiserChannel& c) {
  const float raised = u < c.low ? c.low : u;
  return raised > c.high ? c.high : raised;
}

// Adding zero turns -0 into +0, which is what an integer read back from a file gives.
inline float quantised(float v, const QuantiserChannel& c) { return c.step * (std::nearbyint(v) + 0.0f); }

// Sums over a row are made in lanes, their number being the same on all machines.
constexpr int kLanes = 16;

// Calls block(i, first, lanes) until each of n elements was lane `first` or a later one of a block. A last
// block that would be short starts earlier and overlaps the one before; `first` leaves out what has been
// counted. Fewer than kLanes elements are one short block. Blocks' loops say ivdep: otherwise the compiler
// tests in each of them whether rows overlap, and keeps the sums in memory.
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
template <class T, class Operation>
inline T folded(T (&lanes)[kLanes], const Operation& operation) {
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

// Whether a weight is clipped.
template <class T>
bool quantise_row(T* y, const float* x, int64_t n, const QuantiserChannel& channel) {
  const QuantiserChannel c = channel;
  int32_t all = -1;
  write_stretches(y, n, [&](float* out, int64_t begin, int64_t count) {
    int32_t here = -1;
    for (int64_t i = 0; i < count; ++i) {
      const float u = x[begin + i] * c.inverse;
      here &= inside_bit(u, c);
      out[i] = quantised(clamped(u, c), c);
    }
    all &= here;
  });
  return all >= 0;
}

// The same, and the rate, of which each weight pays log2(1/2 + |v|) and one bit.
template <class T>
bool quantise_row_with_rate(T* y, const float* x, int64_t n, const QuantiserChannel& channel, float& rate) {
  const QuantiserChannel c = channel;
  int32_t all[kLanes];
  std::fill_n(all, kLanes, -1);
  Product product;
  write_stretches(y, n, [&](float* out, int64_t begin, int64_t count) {
    const auto factor = [&](int64_t i, int32_t& insides) {
      const float u = x[begin + i] * c.inverse, v = clamped(u, c);
      insides &= inside_bit(u, c);
      out[i] = quantised(v, c);
      return 0.5f + std::fabs(v);
    };
    constexpr int kTogether = Product::kFactors * kLanes;
    int64_t done = 0;
    for (; done + kTogether <= count; done += kTogether)
#pragma GCC ivdep
      for (int lane = 0; lane < kLanes; ++lane) {
        float factors = 1;
        int32_t insides = all[lane];
#pragma GCC unroll 4
        for (int f = 0; f < Product::kFactors; ++f) factors *= factor(done + lane + f * kLanes, insides);
        all[lane] = insides;
        product.multiply(lane, factors);
      }
    in_blocks(count - done, [&](int64_t i, unsigned first, unsigned lanes) {
#pragma GCC ivdep
      for (unsigned lane = 0; lane < lanes; ++lane) {
        const float one = factor(done + i + lane, all[lane]);
        product.multiply(lane, lane < first ? 1 : one);
      }
    });
  });
  rate = product.logarithm(n);
  return folded(all, std::bit_and<>()) >= 0;
}

struct RowSums {
  float bits = 0, exponent = 0;
};

// The rate r(v) = log2(1 + 2|v|) of v = clamp(u), u = 2^-e x, is one more term of the gradient of what lies
// before the rounding: 2^e v gets 2^-e dr/dv = 2^-e / (ln2 (sign(v)/2 + v)) times its weight.
// `gradient` is dy before and dx after.
template <bool kWithRate, bool kClips>
RowSums backward_row(float* __restrict gradient, const float* __restrict x, int64_t n,
                     const QuantiserChannel& channel, float rate_slope) {
  const QuantiserChannel c = channel;
  const float slope = rate_slope * c.inverse / kLn2, middle = (c.high + c.low) / 2;
  struct Terms {
    float x, bits, exponent;
  };
  // Conditional values and no conditional jumps: that is what the compiler turns into vector code.
  const auto terms = [&](int64_t i) {
    const float u = x[i] * c.inverse;
    const float v = kClips ? clamped(u, c) : u;
    const float g = gradient[i];
    const float d = kWithRate && v != 0.0f ? slope / (std::copysign(0.5f, v) + v) : 0.0f;
    const float all = kWithRate ? g + d : g;
    const float passed = !kClips || inside(u, c) ? all : 0.0f;
    // above where x lies right of the range's middle, else below
    const float clipped = kClips ? std::copysign(1.0f, u - middle) * (all - passed) : 0.0f;
    // in steps of 2^e: g (q - x) - d x inside, g q where x is clipped
    const float exponent = g * std::nearbyint(v) - passed * u;
    return Terms{passed, clipped, exponent};
  };
  float bits[kLanes] = {}, exponent[kLanes] = {};
  in_blocks(n, [&](int64_t i, unsigned first, unsigned lanes) {
#pragma GCC ivdep
    for (unsigned lane = 0; lane < lanes; ++lane) {
      const Terms t = terms(i + lane);
      gradient[i + lane] = lane < first ? gradient[i + lane] : t.x;
      if (kClips) bits[lane] += lane < first ? 0 : t.bits;
      exponent[lane] += lane < first ? 0 : t.exponent;
    }
  });
  return {folded(bits, std::plus<>()) * c.slope, folded(exponent, std::plus<>()) * c.step * kLn2};
}

RowSums backward_row(float* gradient, const float* x, int64_t n, const QuantiserChannel& c,
                     float rate_slope) {
  if (rate_slope == 0)
    return c.clips ? simd<backward_row<false, true>>(gradient, x, n, c, 0)
                   : simd<backward_row<false, false>>(gradient, x, n, c, 0);
  return c.clips ? simd<backward_row<true, true>>(gradient, x, n, c, rate_slope)
                 : simd<backward_row<true, false>>(gradient, x, n, c, rate_slope);
}

// Calls body(channel, where its weights begin) for every output channel of x, in parallel.
template <class Body>
void for_channels(const Tensor& x, const Body& body) {
  const int64_t row = x.shape().row();
  parallel_ranges(x.shape()[0], grain_of_rows(row), [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) body(o, o * row);
  });
}

}  // namespace

LevelRange level_range(Levels levels, float bits) { return range_of(levels, std::exp2(bits - 1)); }

float signed_bits(Levels levels) { return levels == Levels::Paper ? 2 : std::log2(3.0f); }

float step_size(float exponent) { return std::exp2(exponent); }

void quantise_to_integers(std::span<const float> x, float bits, float exponent, Levels levels,
                          std::span<int32_t> out) {
  const QuantiserChannel c = channel_of(levels, bits, exponent);
  for (size_t i = 0; i < x.size(); ++i) {
    const float level = std::nearbyint(clamped(x[i] * c.inverse, c));
    require(!std::isnan(level), Failure::Diverged,
            "quantise: a weight is nan, and no level is; did the training "
            "diverge?");
    out[i] = static_cast<int32_t>(level);
  }
}

Quantiser::Quantiser(const Tensor& bits, const Tensor& exponents, Levels levels) {
  check(bits.shape() == exponents.shape() && bits.shape().rank() == 1, "quantise: bits ", bits.shape(),
        " and exponents ", exponents.shape());
  const auto b = bits.floats(), e = exponents.floats();
  for (size_t o = 0; o < b.size(); ++o) channels_.push_back(channel_of(levels, b[o], e[o]));
}

Tensor Quantiser::forward(const Tensor& x, DType dtype, Tensor* rates) {
  check_channels(x);
  Tensor y(x.shape(), dtype);
  if (rates != nullptr) *rates = Tensor(Shape{x.shape()[0]});
  float* const rated = rates != nullptr ? rates->data<float>() : nullptr;
  const float* const weights = x.data<float>();
  const int64_t row = x.shape().row();
  with_type(dtype, [&](auto zero) {
    auto* const out = y.data<decltype(zero)>();
    for_channels(x, [&](int64_t o, int64_t at) {
      QuantiserChannel& c = channels_[o];
      c.clips = rated == nullptr
                    ? simd<quantise_row<decltype(zero)>>(out + at, weights + at, row, c)
                    : simd<quantise_row_with_rate<decltype(zero)>>(out + at, weights + at, row, c, rated[o]);
    });
  });
  return y;
}

QuantiseGradients Quantiser::backward(Tensor dy, const Tensor& x, float rate_slope) const {
  check_channels(x);
  check(dy.size() == x.size(), "quantise: dy ", dy.shape(), " for x ", x.shape());
  if (!dy.sole_owner()) dy = dy.clone();
  const Shape channels{x.shape()[0]};
  QuantiseGradients gradients{dy.reshaped(x.shape()), Tensor(channels), Tensor(channels)};
  float* const gradient = gradients.x.data<float>();
  float *const of_bits = gradients.bits.data<float>(), *const of_exponents =
                                                           gradients.exponents.data<float>();
  const float* const weights = x.data<float>();
  const int64_t row = x.shape().row();
  for_channels(x, [&](int64_t o, int64_t at) {
    const RowSums sums = backward_row(gradient + at, weights + at, row, channels_[o], rate_slope);
    of_bits[o] = sums.bits;
    of_exponents[o] = sums.exponent;
  });
  return gradients;
}

void Quantiser::check_channels(const Tensor& x) const {
  check(x.shape()[0] == static_cast<int64_t>(channels_.size()), "quantise: x ", x.shape(), " with ",
        channels_.size(), " bit depths");
}

}  // namespace pare
