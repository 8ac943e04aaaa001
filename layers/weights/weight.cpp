#include "layers/weights/weight.h"

#include <cmath>

#include "framework/base/rng.h"
#include "framework/kernels/quantisation/quantise.h"

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
  Rng rng(site.seed, "init/" + site.random);
  Tensor weights(shape);
  for (float& w : weights.floats()) w = normal ? deviation * rng.normal() : rng.uniform(-bound, bound);
  return weights;
}

WeightCode scaled_outputs(WeightCode code, std::span<const float> factors) {
  const auto row = static_cast<size_t>(code.shape.row());
  for (size_t o = 0; o < factors.size(); ++o) {
    if (code.levels.empty()) {
      for (float& value : std::span(code.values).subspan(o * row, row)) value *= factors[o];
      continue;
    }
    const int sign = factors[o] == 0.0f ? 0 : (factors[o] < 0 ? -1 : 1);
    for (int32_t& level : std::span(code.levels).subspan(o * row, row)) level *= sign;
    if (sign != 0) code.exponents[o] += std::log2(std::fabs(factors[o]));
  }
  return code;
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

Var Pass::weight(Weight& weight) {
  if (prepared != nullptr)
    if (const auto found = prepared->find(&weight); found != prepared->end())
      return Tape::constant(found->second);
  return weight.effective(*this);
}

bool Weight::learns() {
  bool learns = false;
  visit([&](const Parameter& p) { learns = learns || (p.trainable && !p.is(ParameterTag::Statistic)); });
  return learns;
}

std::vector<bool> Weight::dead_outputs() const { return std::vector<bool>(shape()[0], false); }

}  // namespace pare
