#include "compress/self_compression/self_compressing_weight.h"

#include <algorithm>
#include <cmath>

#include "framework/autograd/ops.h"

namespace pare {

SelfCompressingWeight::SelfCompressingWeight(const WeightSite& site, Initialiser initialiser,
                                             const QuantiserOptions& options)
    : levels_(options.levels),
      value_{site.name, site.tags, initial_weights(site, initialiser), {}, {}},
      bits_{site.name + ".bits",
            ParameterTag::Bits,
            Tensor::full({site.shape[0]}, static_cast<float>(options.initial_bits)),
            {},
            {}},
      exponents_{site.name + ".exponents", ParameterTag::Exponents, Tensor({site.shape[0]}), {}, {}} {
  fit_exponents();
}

void SelfCompressingWeight::fit_exponents() {
  const int64_t row = shape().row();
  for (int64_t o = 0; o < shape()[0]; ++o) {
    float largest = 1e-8f;
    for (const float w : value_.value.floats().subspan(o * row, row))
      largest = std::max(largest, std::fabs(w));
    const float highest = level_range(levels_, bits_.value.data<float>()[o]).high;
    exponents_.value.data<float>()[o] = std::log2(largest / highest);
  }
}

Var SelfCompressingWeight::effective(Pass& pass) {
  Tape& tape = pass.tape;
  const Var value = tape.leaf(value_), bits = tape.leaf(bits_), exponents = tape.leaf(exponents_);
  if (!pass.with_rates) return quantise(tape, value, bits, exponents, levels_, pass.dtype);
  RatedWeights rated = quantise_with_rate(tape, value, bits, exponents, levels_, pass.dtype);
  pass.rates.push_back(std::move(rated.rate));
  return std::move(rated.weights);
}

void SelfCompressingWeight::visit(const ParameterVisitor& visitor) {
  visitor(value_);
  visitor(bits_);
  visitor(exponents_);
}

std::vector<bool> SelfCompressingWeight::dead_outputs() const {
  std::vector<bool> dead;
  for (const float b : bits_.value.floats()) dead.push_back(b == 0.0f);
  return dead;
}

void SelfCompressingWeight::keep_outputs(std::span<const int> indices) {
  for (Parameter* parameter : {&value_, &bits_, &exponents_}) parameter->keep(0, indices);
}

WeightCode SelfCompressingWeight::code() const {
  WeightCode code{shape(), std::vector<int32_t>(shape().count()), {}, {}};
  const auto exponents = exponents_.value.floats();
  code.exponents.assign(exponents.begin(), exponents.end());
  const int64_t row = shape().row();
  for (int64_t o = 0; o < shape()[0]; ++o)
    quantise_to_integers(value_.value.floats().subspan(o * row, row), bits_.value.data<float>()[o],
                         exponents[o], levels_, std::span(code.levels).subspan(o * row, row));
  return code;
}

// Depths such that the largest level of each channel has room on both sides, and the least of live ones.
void SelfCompressingWeight::take(const WeightCode& code) {
  value_.value = materialise(code);
  if (code.levels.empty()) return fit_exponents();
  exponents_.value = Tensor::of({shape()[0]}, code.exponents);
  bits_.value = Tensor(Shape{shape()[0]});
  const int64_t row = shape().row();
  for (int64_t o = 0; o < shape()[0]; ++o) {
    int32_t largest = 0;
    for (const int32_t level : std::span(code.levels).subspan(o * row, row))
      largest = std::max(largest, std::abs(level));
    const float room = std::log2(static_cast<float>(largest) + 1) + 1;
    bits_.value.data<float>()[o] = std::clamp(room, signed_bits(levels_), kMaxBits);
  }
}

}  // namespace pare
