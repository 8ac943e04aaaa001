#include "framework/kernels/quantisation/uniform.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "framework/kernels/elementwise/element_type.h"
#include "framework/kernels/elementwise/write_each.h"
#include "framework/kernels/quantisation/quantise.h"
#include "framework/parallel/simd.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

constexpr int64_t kGrain = 1 << 15;
constexpr int kLanes = 16;

struct Scale {
  float inverse, step;  // 2^-e, 2^e
  float low, high;
};

Scale scale_of(float exponent, IntegerRange range) {
  return {std::exp2(-exponent), step_size(exponent), range.low, range.high};
}

// NaN stays NaN, as no comparison holds for it.
inline float clamped(float u, const Scale& s) {
  const float raised = u < s.low ? s.low : u;
  return raised > s.high ? s.high : raised;
}
// Adding zero turns -0 into +0, as the integers have no other.
inline float quantised(float x, const Scale& s) {
  return s.step * (std::nearbyint(clamped(x * s.inverse, s)) + 0.0f);
}

template <class T>
void forward_range(const T* x, T* y, int64_t count, Scale s) {
  write_each(y, count, [=](int64_t i) { return quantised(static_cast<float>(x[i]), s); });
}

// `gradient` is dy before and dx after. Returns the sum of dy (q - x) within the range and dy q beyond, in
// steps.
template <class T>
double backward_range(T* gradient, const T* x, int64_t count, Scale s) {
  double sums[kLanes] = {};
  for (int64_t begin = 0; begin < count; begin += kLanes) {
    const int64_t lanes = std::min<int64_t>(kLanes, count - begin);
    for (int64_t lane = 0; lane < lanes; ++lane) {
      const int64_t i = begin + lane;
      const float u = static_cast<float>(x[i]) * s.inverse, v = clamped(u, s);
      const bool inside = u > s.low && u < s.high;
      const auto g = static_cast<float>(gradient[i]);
      sums[lane] += g * (std::nearbyint(v) - (inside ? u : 0.0f));
      gradient[i] = kept(inside, gradient[i]);
    }
  }
  double sum = 0;
  for (const double lane : sums) sum += lane;
  return sum;
}

double squared_error(const std::vector<float>& values, const Scale& s) {
  double sum = 0;
  for (const float x : values) {
    const double error = double{quantised(x, s)} - x;
    sum += error * error;
  }
  return sum;
}

// At most so many, evenly apart.
template <class T>
std::vector<float> sample_of(const T* numbers, int64_t count) {
  constexpr int64_t kMost = 1 << 16;
  const int64_t apart = std::max<int64_t>(1, (count + kMost - 1) / kMost);
  std::vector<float> values;
  for (int64_t i = 0; i < count; i += apart) values.push_back(static_cast<float>(numbers[i]));
  return values;
}

// What a number asks of the step, so that it is not clipped.
float step_for(float value, IntegerRange range) {
  return std::max(value / range.high, range.low < 0 ? value / range.low : 0.0f);
}

// The first exponent, in eighths, with a step no smaller than this.
float exponent_above(float step) {
  return step > 0 && std::isfinite(step) ? std::ceil(std::log2(step) * 8) / 8 : 0;
}

// Of a step that clips nothing, or hardly anything.
float least_squares(const std::vector<float>& values, float first, IntegerRange range) {
  constexpr int kTries = 40;  // down to a 32nd of it
  float best = first;
  double smallest = squared_error(values, scale_of(first, range));
  for (int i = 1; i < kTries; ++i) {
    const float exponent = first - static_cast<float>(i) / 8;
    const double error = squared_error(values, scale_of(exponent, range));
    if (error < smallest) {
      smallest = error;
      best = exponent;
    }
  }
  return best;
}

float percentile(const std::vector<float>& values, IntegerRange range) {
  constexpr size_t kBeyond = 10000;  // one in so many
  std::vector<float> steps;
  for (const float value : values) steps.push_back(step_for(value, range));
  const auto at = steps.end() - 1 - static_cast<std::ptrdiff_t>(steps.size() / kBeyond);
  std::nth_element(steps.begin(), at, steps.end());
  return exponent_above(*at);
}

template <class T>
float fitted(const T* numbers, int64_t count, IntegerRange range, StepFit fit) {
  float largest = 0;
  for (int64_t i = 0; i < count; ++i)
    largest = std::max(largest, step_for(static_cast<float>(numbers[i]), range));
  const float first = exponent_above(largest);
  if (fit == StepFit::Largest || !(largest > 0) || !std::isfinite(largest)) return first;
  const std::vector<float> values = sample_of(numbers, count);
  return fit == StepFit::Percentile ? percentile(values, range) : least_squares(values, first, range);
}

}  // namespace

IntegerRange integers_of(int bits, bool with_signs) {
  const auto count = static_cast<float>(1 << bits);
  return with_signs ? IntegerRange{-count / 2, count / 2 - 1} : IntegerRange{0, count - 1};
}

StepFit usual_fit(int bits) { return bits >= 7 ? StepFit::Largest : StepFit::LeastSquares; }

Tensor quantise_uniform(const Tensor& x, float exponent, IntegerRange range) {
  Tensor y(x.shape(), x.dtype());
  const Scale scale = scale_of(exponent, range);
  with_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    parallel_ranges(x.size(), kGrain, [&](int64_t begin, int64_t end) {
      simd<forward_range<T>>(x.data<T>() + begin, y.data<T>() + begin, end - begin, scale);
    });
  });
  return y;
}

UniformGradients quantise_uniform_backward(Tensor dy, const Tensor& x, float exponent, IntegerRange range) {
  check(dy.size() == x.size() && dy.dtype() == x.dtype(), "quantise_uniform: dy ", dy.shape(), " for x ",
        x.shape());
  if (!dy.sole_owner()) dy = dy.clone();
  const Scale scale = scale_of(exponent, range);
  const Parts parts(x.size(), kGrain);
  std::vector<double> sums(static_cast<size_t>(parts.size()));
  with_type(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    parallel(parts, [&](int64_t index, IndexRange part) {
      sums[static_cast<size_t>(index)] =
          simd<backward_range<T>>(dy.data<T>() + part.begin, x.data<T>() + part.begin, part.size(), scale);
    });
  });
  double sum = 0;
  for (const double of_part : sums) sum += of_part;
  return {std::move(dy), sum * scale.step * std::numbers::ln2};
}

float fitted_exponent(const Tensor& x, IntegerRange range, StepFit fit) {
  float exponent = 0;
  with_type(x.dtype(), [&](auto zero) { exponent = fitted(x.data<decltype(zero)>(), x.size(), range, fit); });
  return exponent;
}

float fitted_exponent(std::span<const float> x, IntegerRange range, StepFit fit) {
  return fitted(x.data(), std::ssize(x), range, fit);
}

}  // namespace pare
