#include "train/task/target_scale.h"

#include <algorithm>
#include <cmath>

#include "layers/mixing/mixing.h"

namespace pare {
namespace {

template <class One>
Tensor each_number(const Tensor& numbers, const TargetScale& scale, One one) {
  const Tensor from = numbers.to(DType::F32);
  const auto each = static_cast<int64_t>(scale.mean.size());
  check(from.shape().row() == each, "targets: ", each, " scales for numbers ", from.shape());
  Tensor to(from.shape());
  for (int64_t i = 0; i < from.size(); ++i) {
    const auto k = static_cast<size_t>(i % each);
    to.data<float>()[i] =
        static_cast<float>(one(double{from.data<float>()[i]}, scale.mean[k], scale.exponent[k]));
  }
  return to;
}

MixingLayer* last_layer(const Network& network) {
  return dynamic_cast<MixingLayer*>(network.nodes().back().layer.get());
}

}  // namespace

Tensor TargetScale::scaled(const Tensor& numbers) const {
  return each_number(numbers, *this,
                     [](double number, double of, int power) { return std::ldexp(number - of, -power); });
}

Tensor TargetScale::unscaled(const Tensor& outputs) const {
  return each_number(outputs, *this,
                     [](double output, double of, int power) { return of + std::ldexp(output, power); });
}

TargetScale measure_targets(const Source& source) {
  TargetScale scale;
  std::vector<double> squares;
  for (int index = 0; index < source.count(); ++index) {
    const std::span<const float> values = source.values(index);
    scale.mean.resize(values.size());
    squares.resize(values.size());
    for (size_t k = 0; k < values.size(); ++k) {  // Welford, "Note on a method ...", 1962
      const double from_mean = values[k] - scale.mean[k];
      scale.mean[k] += from_mean / (index + 1);
      squares[k] += from_mean * (values[k] - scale.mean[k]);
    }
  }
  for (size_t k = 0; k < squares.size(); ++k) {
    const double deviation = std::sqrt(squares[k] / source.count());
    const auto nearest = deviation > 0 ? static_cast<int>(std::lround(std::log2(deviation))) : 0;
    scale.exponent.push_back(std::clamp(nearest, -TargetScale::kMostExponent, TargetScale::kMostExponent));
    scale.mean[k] = double{static_cast<float>(scale.mean[k])};  // as a bias can hold it
  }
  return scale;
}

void require_scalable(const Network& network) {
  const bool one_pixel = network.output().height * network.output().width == 1;
  require(last_layer(network) != nullptr && one_pixel, Failure::Usage, "network: its last layer ",
          network.nodes().back().name,
          " is neither linear nor a conv2d that gives one pixel, into which the scale of the numbers to "
          "predict could go; let one be "
          "the last, or learn them as they are (loss.scale_targets: false)");
  require(
      last_layer(network)->bias() != nullptr, Failure::Usage, "network: its last layer ",
      network.nodes().back().name,
      " has no bias, into which the mean of the numbers to predict could go; give it one, or learn them as "
      "they are (loss.scale_targets: false)");
}

void to_units_of_data(Network& network, const TargetScale& scale) {
  require_scalable(network);
  const auto each = static_cast<int64_t>(scale.mean.size());
  Affine affine{Tensor({each}), Tensor({each})};
  for (int64_t k = 0; k < each; ++k) {
    affine.scale.data<float>()[k] = std::ldexp(1.0f, scale.exponent[static_cast<size_t>(k)]);
    affine.shift.data<float>()[k] = static_cast<float>(scale.mean[static_cast<size_t>(k)]);
  }
  last_layer(network)->fold(affine);
}

void change_units(Network& network, const TargetScale* from, const TargetScale* to) {
  if (from == to || (from != nullptr && to != nullptr && *from == *to)) return;
  require_scalable(network);
  MixingLayer& last = *last_layer(network);
  std::vector<float> factors(static_cast<size_t>(network.output().count()), 1.0f);
  Tensor bias = last.bias()->value;
  bias = bias.reshaped({1, bias.size()});
  if (from != nullptr) bias = from->unscaled(bias);
  if (to != nullptr) bias = to->scaled(bias);
  for (size_t k = 0; k < factors.size(); ++k)
    factors[k] =
        std::ldexp(1.0f, (from == nullptr ? 0 : from->exponent[k]) - (to == nullptr ? 0 : to->exponent[k]));
  last.weight()->take(scaled_outputs(last.weight()->code(), factors));
  last.bias()->value = bias.reshaped({bias.size()}).clone();
}

}  // namespace pare
