#include "framework/kernels/quantise.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "framework/base/simd.h"
#include "framework/base/threads.h"
#include "framework/kernels/element_type.h"
#include "framework/kernels/write_each.h"

namespace pare {
namespace {

constexpr float kLn2 = std::numbers::ln2_v<float>;
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

template <class T>
inline void quantise_to(T* y, const float* x, int64_t n, const Channel& channel) {
  const Channel c = channel;
  write_each(y, n, [&](int64_t i) { return c.step * level(x[i], c); });
}
PARE_SIMD void quantise_row(const float* x, float* y, int64_t n, const Channel& c) {
  quantise_to(y, x, n, c);
}
PARE_SIMD void quantise_row(const float* x, Bfloat16* y, int64_t n, const Channel& c) {
  quantise_to(y, x, n, c);
}

struct RowSums {
  float bits = 0, exponent = 0;
};

// The rate r(v) = log2(1 + 2|v|) of v = clamp(u), u = 2^-e x, is one more term of the gradient of what lies
// before the rounding: 2^e v gets 2^-e dr/dv = 2^-e / (ln2 (sign(v)/2 + v)) times its weight.
template <bool kCharged>
inline RowSums backward_of(float* __restrict gradient, const float* __restrict x, int64_t n,
                           const Channel& channel, float rate_slope) {
  const Channel c = channel;
  const float charge = rate_slope * c.inverse / kLn2;
  struct Terms {
    float bits, exponent;
  };
  // Conditional values and no conditional jumps: that is what the compiler turns into vector code.
  const auto one = [&](int64_t i) {
    const float u = x[i] * c.inverse;
    const float v = clamped(u, c);
    const float g = gradient[i];
    const float d = kCharged && v != 0.0f ? charge / (std::copysign(0.5f, v) + v) : 0.0f;
    const float all = g + d;
    const float inside = u < c.high && u > -c.low ? all : 0.0f;
    const float clipped = all - inside;
    gradient[i] = inside;
    // the exponent's in steps of 2^e: g (q - x) - d x inside, g q where x is clipped
    return Terms{u >= c.high ? clipped : -clipped, g * std::nearbyint(v) - inside * u};
  };
  // Vectors and not arrays: the compiler leaves arrays in memory, where every sum waits for the last one's
  // way there and back.
  constexpr int kLanes = 16;
  using Lanes [[gnu::vector_size(kLanes * sizeof(float))]] = float;
  Lanes bits = {}, exponent = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    Lanes more_bits, more_exponent;
    for (int lane = 0; lane < kLanes; ++lane) {
      const Terms terms = one(i + lane);
      more_bits[lane] = terms.bits;
      more_exponent[lane] = terms.exponent;
    }
    bits += more_bits;
    exponent += more_exponent;
  }
  for (int lane = 0; i < n; ++i, ++lane) {
    const Terms terms = one(i);
    bits[lane] += terms.bits;
    exponent[lane] += terms.exponent;
  }
  RowSums sums;
  for (int lane = 0; lane < kLanes; ++lane) {
    sums.bits += bits[lane];
    sums.exponent += exponent[lane];
  }
  return {sums.bits * c.slope, sums.exponent * c.step * kLn2};
}

// `gradient` is dy before and dx after.
PARE_SIMD RowSums backward_row(float* gradient, const float* x, int64_t n, const Channel& channel) {
  return backward_of<false>(gradient, x, n, channel, 0);
}
PARE_SIMD RowSums charged_backward_row(float* gradient, const float* x, int64_t n, const Channel& channel,
                                       float rate_slope) {
  return backward_of<true>(gradient, x, n, channel, rate_slope);
}

// A logarithm a weight would cost more than everything else a step does with that weight. So lanes multiply
// the magnitudes, each at most 2^17 at 16 bits; every kFactors the products' exponents move to a sum of their
// own, and one logarithm is taken of what is left at the end.
constexpr int kFactors = 7;

struct Product {
  static constexpr int kLanes = 32;
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

PARE_SIMD double rate_of_row(const float* __restrict x, int64_t n, const Channel& channel) {
  const Channel c = channel;
  Product product;
  constexpr int kLanes = Product::kLanes;
  const auto one = [&](int64_t i, int lane) {
    product.lanes[lane] *= 1 + 2 * std::fabs(clamped(x[i] * c.inverse, c));
  };
  int64_t i = 0;
  for (int rounds = 1; i + kLanes <= n; i += kLanes, ++rounds) {
    for (int lane = 0; lane < kLanes; ++lane) one(i + lane, lane);
    if (rounds % kFactors == 0) product.move_exponents();
  }
  for (int lane = 0; i < n; ++i, ++lane) one(i, lane);
  return product.logarithm();
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
  const float *const b = bits.data<float>(), *const e = exponents.data<float>();
  parallel_ranges(x.shape()[0], kGrain / row + 1, [&](int64_t begin, int64_t end) {
    for (int64_t o = begin; o < end; ++o) body(o, channel_of(levels, b[o], e[o]));
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
                        DType dtype, Tensor* rates) {
  Tensor y(x.shape(), dtype);
  if (rates != nullptr) *rates = Tensor(bits.shape());
  const int64_t row = x.shape().row();
  for_channels(x, bits, exponents, levels, [&](int64_t o, const Channel& c) {
    with_type(dtype, [&](auto zero) {
      quantise_row(x.data<float>() + o * row, y.data<decltype(zero)>() + o * row, row, c);
    });
    if (rates != nullptr)
      rates->data<float>()[o] = static_cast<float>(rate_of_row(x.data<float>() + o * row, row, c));
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
  const int64_t row = x.shape().row();
  for_channels(x, bits, exponents, levels, [&](int64_t o, const Channel& c) {
    float* const gradient = gradients.x.data<float>() + o * row;
    const float* const weights = x.data<float>() + o * row;
    const RowSums sums = rate_slope == 0 ? backward_row(gradient, weights, row, c)
                                         : charged_backward_row(gradient, weights, row, c, rate_slope);
    gradients.bits.data<float>()[o] = sums.bits;
    gradients.exponents.data<float>()[o] = sums.exponent;
  });
  return gradients;
}

}  // namespace pare
