#include "layers/weight.h"

#include <cmath>

#include "framework/base/rng.h"
#include "framework/kernels/quantise.h"

namespace pare {

Tensor initial_weights(const WeightSite& site, Initialiser initialiser) {
  const Shape& shape = site.shape;
  if (initialiser == Initialiser::Zeros) return Tensor::zeros(shape);
  if (site.first == FirstWeights::Ones) return Tensor::full(shape, 1.0f);
  const double kernel = static_cast<double>(shape[1] * shape[2]);
  const double fan_in = kernel * static_cast<double>(shape[3]);
  const double fan_out = kernel * static_cast<double>(shape[0]) / site.groups;
  const bool he = initialiser == Initialiser::HeNormal || initialiser == Initialiser::HeUniform;
  const bool normal = initialiser == Initialiser::GlorotNormal || initialiser == Initialiser::HeNormal;
  const auto deviation = static_cast<float>(std::sqrt(2.0 / (he ? fan_in : fan_in + fan_out)));
  const float bound = deviation * std::sqrt(3.0f);
  Rng rng(site.seed, "init/" + site.stream);
  Tensor weights(shape);
  for (float& w : weights.floats()) w = normal ? deviation * rng.normal() : rng.uniform(-bound, bound);
  return weights;
}

Tensor scaled_outputs(const Tensor& weights, std::span<const float> factors) {
  Tensor scaled = weights.clone();
  const int64_t row = weights.shape().row();
  for (int64_t i = 0; i < scaled.size(); ++i) scaled.data<float>()[i] *= factors[i / row];
  return scaled;
}

Tensor materialise(const WeightCode& code) {
  if (code.levels.empty()) return Tensor::of(code.shape, code.values);
  Tensor weights(code.shape);
  const int64_t row = code.shape.row();
  for (int64_t o = 0; o < code.shape[0]; ++o) {
    const float step = step_size(code.exponents[o]);
    for (int64_t i = o * row; i < (o + 1) * row; ++i)
      weights.data<float>()[i] = step * static_cast<float>(code.levels[i]);
  }
  return weights;
}

Tensor effective_values(Weight& weight) {
  Tape off(Recording::Off);
  Pass pass{off, Mode::Evaluate};
  return weight.effective(pass).value;
}

std::vector<bool> Weight::silent_outputs() const { return std::vector<bool>(shape()[0], false); }

}  // namespace pare
