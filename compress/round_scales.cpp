#include "compress/round_scales.h"

#include <algorithm>
#include <cmath>

#include "layers/channelwise/quantise.h"

namespace pare {

int bias_exponent(std::span<const float> biases, int bits) {
  float largest = 0;
  for (const float b : biases) largest = std::max(largest, std::fabs(b));
  if (largest == 0) return 0;
  int exponent = 0;
  std::frexp(largest, &exponent);  // largest < 2^exponent
  exponent -= bits - 1;
  // When rounding carries the largest to the next power of two, that one's step is the right one: rounding
  // the rounded biases again must find the same exponent, and the file's coder does.
  const bool carries = std::nearbyint(std::ldexp(largest, -exponent)) == std::ldexp(1.0f, bits - 1);
  return carries ? exponent + 1 : exponent;
}

int exponent_steps(const Network& network) {
  int steps = 1;
  for (const Network::Node& node : network.nodes()) {
    if (node.layer->weight() == nullptr) continue;
    const WeightCode code = node.layer->weight()->code();
    const auto row = static_cast<size_t>(code.shape.row());
    for (size_t o = 0; o < code.exponents.size(); ++o) {
      const auto levels = std::span(code.levels).subspan(o * row, row);
      if (std::all_of(levels.begin(), levels.end(), [](int32_t level) { return level == 0; })) continue;
      const auto is_held = [&] {
        const float multiple = code.exponents[o] * static_cast<float>(steps);
        return multiple == std::nearbyint(multiple);
      };
      while (steps < kMostExponentSteps && !is_held()) steps *= 2;
      check(is_held(), "round_scales: exponent ", code.exponents[o], " of ", node.name, " is off the grid");
    }
  }
  return steps;
}

void round_scales(Network& network, const Grid& grid) {
  const auto steps = static_cast<float>(grid.exponent_steps);
  for (const Network::Node& node : network.nodes()) {
    if (QuantiseLayer* const activations = as_quantise(*node.layer))
      activations->set_exponent(std::nearbyint(activations->exponent() * steps) / steps);
    if (node.layer->weight() == nullptr) continue;
    WeightCode code = node.layer->weight()->code();
    for (float& e : code.exponents) {
      require(std::fabs(e) < kLargestExponent, Failure::Diverged, "training diverged: an exponent of ",
              node.name, " is ", e, "; try a smaller compress.bits_lr");
      e = std::nearbyint(e * steps) / steps;
    }
    node.layer->freeze(std::move(code));
  }
  network.visit([&](Parameter& p) {
    if (!p.is(ParameterTag::Bias)) return;
    p.value = p.value.clone();
    const int exponent = bias_exponent(p.value.floats(), grid.bias_bits);
    for (float& b : p.value.floats())
      b = std::ldexp(std::nearbyint(std::ldexp(b, -exponent)), exponent) + 0.0f;
  });
}

}  // namespace pare
