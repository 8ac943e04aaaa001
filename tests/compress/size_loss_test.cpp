#include "compress/self_compression/size_loss.h"

#include <doctest/doctest.h>
#include <algorithm>

#include <cmath>

#include "tests/support/data_fixtures.h"
#include "tests/support/network_fixtures.h"

using namespace pare;

namespace {

// What the test knows of a layer without asking the network: its own bits b, those b' of the layer that feeds
// it (none for the first), its inputs and the taps H W of its kernel.
struct Naive {
  std::string bits, feeding_bits;
  int inputs, taps;
};

const char* const kLayers = R"([
  {"layer": "conv2d", "channels": 4, "kernel": 3}, {"layer": "max_pool"}, {"layer": "relu"},
  {"layer": "conv2d", "channels": 5, "kernel": 2}, {"layer": "relu"}, {"layer": "flatten"},
  {"layer": "linear", "features": 6}, {"layer": "relu"}, {"layer": "linear", "features": 3}])";
const std::vector<Naive> kNaive = {{"0.conv2d.weight.bits", "", 2, 9},
                                   {"3.conv2d.weight.bits", "0.conv2d.weight.bits", 4, 4},
                                   {"6.linear.weight.bits", "3.conv2d.weight.bits", 5, 4},
                                   {"8.linear.weight.bits", "6.linear.weight.bits", 6, 1}};
constexpr double kWeights = 4 * 9 * 2 + 5 * 4 * 4 + 6 * 4 * 5 + 3 * 6;

// Depths all different, some of them zero.
Network example() {
  Network network(layers_of(kLayers), {8, 8, 2}, self_compressing(), 1);
  Rng rng(3, "depths");
  network.visit([&](Parameter& p) {
    if (p.is(ParameterTag::Bits))
      for (float& b : p.value.floats()) b = rng.uniform() < 0.3f ? 0.0f : rng.uniform(0.5f, 8);
    // Numbers beyond the clip, too.
    if (p.is(ParameterTag::Weight))
      for (float& w : p.value.floats()) w = 2 * w;
  });
  parameter(network, "0.conv2d.weight.bits").value.data<float>()[1] = 0;
  parameter(network, "6.linear.weight.bits").value.data<float>()[0] = 0;
  return network;
}

double sum(const std::vector<float>& bits) {
  double total = 0;
  for (const float b : bits) total += b;
  return total;
}
double live(const std::vector<float>& bits) {
  double total = 0;
  for (const float b : bits) total += b > 0 ? 1 : 0;
  return total;
}

// Eq. 5 as it is printed.
double naive_size(Network& network) {
  double q = 0;
  for (const Naive& layer : kNaive) {
    const std::vector<float> b = numbers(parameter(network, layer.bits).value);
    if (layer.feeding_bits.empty()) {
      q += layer.taps * layer.inputs * sum(b);
      continue;
    }
    const std::vector<float> fed = numbers(parameter(network, layer.feeding_bits).value);
    q += layer.taps * live(fed) * sum(b) + layer.taps * live(b) * sum(fed);
  }
  return q / kWeights;
}

// The gradients of `loss` for every parameter, kept in the parameters.
template <class Loss>
double value_and_gradients(Network& network, const Loss& loss) {
  network.visit([](Parameter& p) { p.grad = {}; });
  Tape tape;
  const Var value = loss(tape, network, static_cast<int64_t>(kWeights));
  tape.backward(value);
  return value.value.item();
}

// Compares each gradient with the slope of `naive` in double precision.
template <class Value>
void check_slopes(Network& network, ParameterTags tags, float step, double tolerance, const Value& naive) {
  network.visit([&](Parameter& p) {
    if (!p.tags.meets(tags)) return;
    REQUIRE(p.grad);
    for (int64_t i = 0; i < p.value.size(); ++i) {
      float& x = p.value.data<float>()[i];
      const float old = x;
      if (p.is(ParameterTag::Bits) && old == 0) continue;  // the indicator jumps there
      x = old + step;
      const double above = naive(network), high = x;
      x = old - step;
      const double below = naive(network), low = x;
      x = old;
      CAPTURE(p.name);
      CAPTURE(i);
      CHECK(p.grad.data<float>()[i] == doctest::Approx((above - below) / (high - low)).epsilon(tolerance));
    }
  });
}

// mean log2(1 + 2 |clamp(2^-e x)|), one weight after the other
double naive_rate(Network& network) {
  double bits = 0;
  for (const Naive& layer : kNaive) {
    const std::string name = layer.bits.substr(0, layer.bits.size() - 5);
    const Tensor& x = parameter(network, name).value;
    const std::vector<float> b = numbers(parameter(network, layer.bits).value);
    const std::vector<float> e = numbers(parameter(network, name + ".exponents").value);
    for (int64_t i = 0; i < x.size(); ++i) {
      const int64_t o = i / x.shape().row();
      const double limit = (std::exp2(double{b[o]}) - 1) / 2;
      bits += std::log2(1 + 2 * std::min(std::fabs(x.data<float>()[i] * std::exp2(-double{e[o]})), limit));
    }
  }
  return bits / kWeights;
}

}  // namespace

TEST_CASE("size loss: equation 5, value and gradient") {
  Network network = example();
  CHECK(value_and_gradients(network, size_loss) == doctest::Approx(naive_size(network)).epsilon(1e-6));
  check_slopes(network, {ParameterTag::Bits}, 0.01f, 1e-4, naive_size);
  // The indicators carry no gradient, so at zero bits there is the slope of the sums alone: HW I_live / N,
  // and what the consumer's live channels pay.
  const double first = parameter(network, "0.conv2d.weight.bits").grad.data<float>()[1];
  const double readers = live(numbers(parameter(network, "3.conv2d.weight.bits").value));
  CHECK(first == doctest::Approx((9 * 2 + 4 * readers) / kWeights).epsilon(1e-6));
  network.visit([](Parameter& p) {
    if (!p.is(ParameterTag::Bits)) CHECK(!p.grad);
  });
}

TEST_CASE(
    "size loss: starts at twice the depth less the first layer's share, and is nothing for dense weights") {
  Network network(layers_of(kLayers), {8, 8, 2}, self_compressing(6), 1);
  // Layer l pays HW I_l (6 O_l) for its own depths and HW O_l (6 I_l) for its inputs', which the images have
  // not.
  CHECK(value_and_gradients(network, size_loss) ==
        doctest::Approx(6 * (2 * kWeights - 72) / kWeights).epsilon(1e-6));
  Network plain(layers_of(kLayers), {8, 8, 2}, dense(), 1);
  CHECK(value_and_gradients(plain, size_loss) == 0);
}

TEST_CASE("mean bits: equation 4 per original weight, 32 for dense weights") {
  Network network = example();
  double bits = 0;
  for (const Naive& layer : kNaive)
    bits += layer.inputs * layer.taps * sum(numbers(parameter(network, layer.bits).value));
  CHECK(mean_bits(network, static_cast<int64_t>(kWeights)) == doctest::Approx(bits / kWeights).epsilon(1e-6));
  Network plain(layers_of(kLayers), {8, 8, 2}, dense(), 1);
  CHECK(mean_bits(plain, static_cast<int64_t>(kWeights)) == 32);
  CHECK(mean_bits(plain, static_cast<int64_t>(2 * kWeights)) == 16);
}

TEST_CASE("rate loss: mean log2(1 + 2|level|), value and gradient") {
  Network network = example();
  const auto loss = [](Tape& tape, Network& charged, int64_t weights) {
    Pass pass{tape, Mode::Train};
    pass.with_rates = true;
    charged.forward(random_tensor({2, 8, 8, 2}), pass);
    return rate_loss(tape, pass.rates, weights);
  };
  CHECK(value_and_gradients(network, loss) == doctest::Approx(naive_rate(network)).epsilon(1e-5));
  // Depths and exponents move the clip and the scale of a whole row; a weight only itself.
  check_slopes(network, {ParameterTag::Bits, ParameterTag::Exponents}, 1e-3f, 2e-2, naive_rate);
}
