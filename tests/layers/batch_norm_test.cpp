// Batch norm as a layer: what moves its running statistics, and evaluation on a tape.
#include <doctest/doctest.h>

#include <cmath>

#include "framework/autograd/ops.h"
#include "tests/support/network_fixtures.h"

using namespace pare;

namespace {

constexpr const char* kLayers = R"([{"layer": "linear", "features": 4, "bias": false},
    {"layer": "batch_norm", "momentum": 0.5}, {"layer": "relu"}, {"layer": "linear", "features": 3}])";

Var scores_of(Network& network, const Tensor& images, Tape& tape, Mode mode) {
  Pass pass{tape, mode, DType::F32, 1, 0};
  return network.forward(images, pass);
}

}  // namespace

TEST_CASE("batch norm: a batch of one row leaves the running statistics alone") {
  Network network(layers_of(kLayers), {1, 1, 5}, dense(), 1);
  const Parameter& mean = parameter(network, "1.batch_norm.mean");
  const Parameter& variance = parameter(network, "1.batch_norm.variance");
  Tape tape;
  scores_of(network, random_tensor({8, 1, 1, 5}), tape, Mode::Train);
  const std::vector<float> means = numbers(mean.value), variances = numbers(variance.value);
  Tape alone;
  scores_of(network, random_tensor({1, 1, 1, 5}, 2), alone, Mode::Train);
  CHECK(numbers(mean.value) == means);
  CHECK(numbers(variance.value) == variances);
  Tape two;
  scores_of(network, random_tensor({2, 1, 1, 5}, 2), two, Mode::Train);
  CHECK(numbers(mean.value) != means);
}

TEST_CASE("batch norm: evaluation on a tape has the gradients of what it computes") {
  Network network(layers_of(kLayers), {1, 1, 5}, dense(), 1);
  for (const char* name : {"gamma", "beta", "mean", "variance"}) {
    Parameter& p = parameter(network, std::string("1.batch_norm.") + name);
    const Tensor noise = random_tensor(p.value.shape(), 3);
    p.value = p.value.clone();
    for (int64_t i = 0; i < noise.size(); ++i)
      p.value.data<float>()[i] += 0.3f * std::fabs(noise.data<float>()[i]);
  }
  const Tensor images = random_tensor({6, 1, 1, 5}, 4);
  const std::vector<int32_t> labels{0, 1, 2, 0, 1, 2};
  const auto loss = [&] {
    Tape tape(Recording::Off);
    return double{cross_entropy(tape, scores_of(network, images, tape, Mode::Evaluate), labels).value.item()};
  };
  Tape tape;
  tape.backward(cross_entropy(tape, scores_of(network, images, tape, Mode::Evaluate), labels));
  network.visit([&](Parameter& p) {
    CAPTURE(p.name);
    if (p.is(ParameterTag::Statistic)) {
      CHECK(!p.grad);
      return;
    }
    REQUIRE(p.grad);
    p.value = p.value.clone();
    for (int64_t i = 0; i < p.value.size(); i += 3) {
      float& x = p.value.data<float>()[i];
      const float old = x;
      constexpr float kStep = 1e-2f;
      x = old + kStep;
      const double above = loss();
      x = old - kStep;
      const double below = loss();
      x = old;
      CHECK(p.grad.data<float>()[i] ==
            doctest::Approx((above - below) / (2 * kStep)).epsilon(0.03).scale(0.05));
    }
  });
}
