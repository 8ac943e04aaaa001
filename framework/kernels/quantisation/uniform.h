// Uniform quantisation of a whole tensor by one step: of activations, which become the integers of a device.
//
//   q(x, e) = 2^e round(min(max(2^-e x, low), high))          round to nearest, ties to even
// The step is learnt by its logarithm, which keeps it positive, from the straight-through gradient: Esser et
// al., "Learned Step Size Quantization" (2020), eq. 1 and 3; Jain et al., "Trained Quantization Thresholds"
// (2019), eq. 6 to 8.
#pragma once

#include <span>

#include "framework/tensor/tensor.h"

namespace pare {

// The integers there are, low <= 0 < high.
struct IntegerRange {
  float low = 0, high = 255;
};
// 0 .. 2^bits - 1, or -2^(bits-1) .. 2^(bits-1) - 1.
IntegerRange integers_of(int bits, bool with_signs);

// x f32 or bf16 -> the same shape and data type
Tensor quantise_uniform(const Tensor& x, float exponent, IntegerRange range);

struct UniformGradients {
  Tensor x;         // dy within the range, 0 at its ends and beyond
  double exponent;  // ln2 times the sum of dy (q - x) within, of dy q beyond
};
UniformGradients quantise_uniform_backward(Tensor dy, const Tensor& x, float exponent, IntegerRange range);

// How a step is fitted to numbers: the least squared error, trying eighths of exponents downwards from the
// one that clips nothing; that one itself; or the one beyond which a ten-thousandth of the numbers lie.
enum class StepFit { LeastSquares, Largest, Percentile };
// What suits so many bits: with many, the few large numbers that a network's decisions rest on matter more
// than a finer step for all others.
StepFit usual_fit(int bits);

// The exponent, in eighths, fitted to these numbers, or to 65,536 of them evenly apart (the largest is that
// of all); 0 for zeros alone. x f32 or bf16.
float fitted_exponent(const Tensor& x, IntegerRange range, StepFit fit = StepFit::LeastSquares);
float fitted_exponent(std::span<const float> x, IntegerRange range, StepFit fit = StepFit::LeastSquares);

}  // namespace pare
