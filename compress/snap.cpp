#include "compress/snap.h"

#include <algorithm>
#include <cmath>

namespace pare {

int bias_exponent(std::span<const float> biases) {
  float largest = 0;
  for (const float b : biases) largest = std::max(largest, std::fabs(b));
  if (largest == 0) return 0;
  int exponent = 0;
  std::frexp(largest, &exponent);  // largest < 2^exponent
  exponent -= kBiasBits - 1;
  // When rounding carries the largest to the next power of two, that one's step is the right one: snapping
  // the rounded biases again must find the same exponent, and the file's coder does.
  const bool carries = std::nearbyint(std::ldexp(largest, -exponent)) == std::ldexp(1.0f, kBiasBits - 1);
  return carries ? exponent + 1 : exponent;
}

void snap(Network& network) {
  for (const Network::Node& node : network.nodes()) {
    if (node.layer->weight() == nullptr) continue;
    WeightCode code = node.layer->weight()->code();
    for (float& e : code.exponents) {
      require(std::fabs(e) < kLargestExponent, Failure::Diverged, "training diverged: an exponent of ",
              node.name, " is ", e, "; try a smaller compress.bits_lr");
      e = std::nearbyint(e * kExponentSteps) / kExponentSteps;
    }
    node.layer->freeze(std::move(code));
  }
  network.visit([](Parameter& p) {
    if (p.kind != ParameterKind::Bias) return;
    p.value = p.value.clone();
    const int exponent = bias_exponent(p.value.floats());
    for (float& b : p.value.floats())
      b = std::ldexp(std::nearbyint(std::ldexp(b, -exponent)), exponent) + 0.0f;
  });
}

}  // namespace pare
