// The quantiser with a learnable bit depth b and exponent e per output channel, and its exact gradients.
//
// Csefalvay & Imber, "Self-Compressing Neural Networks" (2023), eq. 1:
//   q(x,b,e) = 2^e round(min(max(2^-e x, -low), high))          round to nearest, ties to even
// Paper levels: low = 2^(b-1), high = 2^(b-1) - 1. Symmetric levels: low = high = (2^b - 1) / 2, which makes
// a channel of 2r+1 levels cost b = log2(2r+1), and a hair less, so that the tie at a whole b is not rounded
// to a level more than b bits hold (8 bits: -127 .. 127). Both give only zeros at b = 0, because round(-0.5)
// = 0.
#pragma once

#include <vector>

#include "framework/tensor/tensor.h"

namespace pare {

enum class Levels { Paper, Symmetric };

struct LevelRange {
  float low = 0, high = 0;  // in steps of 2^e, both >= 0 except high at b < 1 in the paper's range
};
LevelRange level_range(Levels levels, float bits);
// The depth from which on there is a level on each side of zero.
float signed_bits(Levels levels);

// 2^e, the step between two levels: the one place that computes it, so that a reloaded model agrees bit for
// bit.
float step_size(float exponent);

// The integers 2^-e q of one channel: round(clamp(2^-e x)), for packing.
void quantise_to_integers(std::span<const float> x, float bits, float exponent, Levels levels,
                          std::span<int32_t> out);

struct QuantiseGradients {
  Tensor x, bits, exponents;
};

// One channel's constants; bounds are in steps of 2^e.
struct QuantiserChannel {
  float inverse, step;  // 2^-e, 2^e
  float low, high;      // low <= high
  float slope;          // 2^e ln2 2^(b-1)
  bool clips;           // whether a weight lies at a bound or beyond it, or may
};

// What quantises x (O,...) f32 in one step: forward, then backward.
class Quantiser {
 public:
  // bits (O), exponents (O)
  Quantiser(const Tensor& bits, const Tensor& exponents, Levels levels);

  // The result has x's shape and the data type asked for. `rates`, if any, becomes (O): the rate model's bits
  // for each channel, the sum over its weights of
  //   log2(1 + 2 |clamp(2^-e x)|),
  // a smooth stand-in for what an adaptive entropy coder pays.
  Tensor forward(const Tensor& x, DType dtype, Tensor* rates = nullptr);

  // Straight-through for the rounding only; the clip is differentiated exactly. With h = d(high)/db =
  // d(low)/db = ln2 2^(b-1) (the same for both level sets):   inside: dx = dy, db = 0, de = ln2 (q - x) dy
  //                                   clipped above: dx = 0, db = +2^e h dy, de = ln2 q dy
  //                                   clipped below: dx = 0, db = -2^e h dy, de = ln2 q dy
  // `rate_slope` times the gradients of the sum of all rates come on top, in the same pass over the weights.
  // After forward() x has to be the same: channels it found unclipped are not clamped again.
  // dy (f32) becomes the gradient of x where nothing else holds its buffer.
  QuantiseGradients backward(Tensor dy, const Tensor& x, float rate_slope = 0) const;

 private:
  void check_channels(const Tensor& x) const;

  std::vector<QuantiserChannel> channels_;
};

}  // namespace pare
