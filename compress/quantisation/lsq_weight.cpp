#include "compress/quantisation/lsq_weight.h"

#include <algorithm>
#include <cmath>

#include "framework/autograd/ops.h"

namespace pare {
namespace {

IntegerRange integers(Levels levels, float bits) {
  const auto [low, high] = level_range(levels, bits);
  return {-std::floor(low), std::floor(high)};
}

}  // namespace

LsqWeight::LsqWeight(const WeightSite& site, Initialiser initialiser, const LsqOptions& options)
    : levels_(options.levels),
      per_(options.per),
      value_{site.name, site.tags, initial_weights(site, initialiser), {}, {}},
      bits_{site.name + ".width",
            ParameterTag::Statistic,
            Tensor::full({site.shape[0]}, static_cast<float>(options.bits)),
            {},
            {}},
      exponents_{site.name + ".exponents",
                 ParameterTag::Exponents,
                 Tensor::zeros({options.per == StepPer::Channel ? site.shape[0] : 1}),
                 {},
                 {}} {
  fit_exponents();
}

void LsqWeight::set_bits(int bits) {
  bits_.value = Tensor::full(bits_.value.shape(), static_cast<float>(bits));
  fit_exponents();
}

void LsqWeight::fit_exponents() {
  const int64_t rows = exponents_.value.size(), row = shape().count() / rows;
  const IntegerRange range = integers(levels_, bits_.value.data<float>()[0]);
  for (int64_t o = 0; o < rows; ++o)
    exponents_.value.data<float>()[o] = fitted_exponent(value_.value.floats().subspan(o * row, row), range);
}

Var LsqWeight::effective(Pass& pass) {
  Tape& tape = pass.tape;
  Var exponents = tape.leaf(exponents_);
  if (per_ == StepPer::Layer) exponents = repeated(tape, exponents, shape()[0]);
  return quantise(tape, tape.leaf(value_), Tape::constant(bits_.value), exponents, levels_, pass.dtype);
}

void LsqWeight::visit(const ParameterVisitor& visitor) {
  visitor(value_);
  visitor(bits_);
  visitor(exponents_);
}

void LsqWeight::keep_outputs(std::span<const int> indices) {
  value_.keep(0, indices);
  bits_.keep(0, indices);
  if (per_ == StepPer::Channel) exponents_.keep(0, indices);
}

WeightCode LsqWeight::code() const {
  WeightCode code{shape(), std::vector<int32_t>(static_cast<size_t>(shape().count())), {}, {}};
  const int64_t row = shape().row();
  for (int64_t o = 0; o < shape()[0]; ++o) {
    code.exponents.push_back(exponent(o));
    quantise_to_integers(value_.value.floats().subspan(o * row, row), bits_.value.data<float>()[o],
                         exponent(o), levels_, std::span(code.levels).subspan(o * row, row));
  }
  return code;
}

void LsqWeight::take(const WeightCode& code) {
  value_.value = materialise(code);
  const IntegerRange range = integers(levels_, bits_.value.data<float>()[0]);
  const bool fits =
      !code.levels.empty() && per_ == StepPer::Channel &&
      std::ranges::all_of(code.levels, [&](int32_t level) {
        return static_cast<float>(level) >= range.low && static_cast<float>(level) <= range.high;
      });
  if (!fits) return fit_exponents();
  exponents_.value = Tensor::of({shape()[0]}, code.exponents);
}

}  // namespace pare
