#include "compress/channel_pruning.h"

#include <doctest/doctest.h>
#include <algorithm>

#include <cmath>

#include "compress/removal.h"
#include "tests/support/trained_net.h"

using namespace pare;

namespace {

const char* const kResidual = R"([
  {"layer": "conv2d", "channels": 12, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
  {"layer": "residual", "body": [
    {"layer": "conv2d", "channels": 16, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 16, "padding": 1, "groups": 0}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 12, "padding": 1, "bias": false}, {"layer": "batch_norm"}]},
  {"layer": "gate"},
  {"layer": "conv2d", "channels": 18, "kernel": 1, "groups": 3}, {"layer": "relu"},
  {"layer": "conv2d", "channels": 10, "kernel": 1}, {"layer": "relu"},
  {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])";

double living(Network& network) {
  double alive = 0;
  for (const Network::Node& node : network.nodes())
    if (Weight* const weight = node.layer->weight())
      for (const float b : weight->bits()->value.floats()) alive += b > 0 ? 1 : 0;
  return alive;
}

Tensor& importance_of(Network& network, const std::string& name) {
  Tensor& importance = parameter(network, name).importance;
  REQUIRE(importance);
  return importance;
}

}  // namespace

TEST_CASE("channel pruning: importance is the square of what p dL/dp adds up to, as a running mean") {
  Trained net(kResidual, 0.0);
  for (int step = 0; step < 2; ++step) {
    Tape tape;
    tape.backward(net.trainer->forward(tape, images_of(0, 8), {0, 1000, 100}).total);
    ChannelPruning::observe(*net.network);
    if (step == 0) net.network->visit([](Parameter& p) { p.grad = {}; });
  }
  int nonzero = 0;
  const auto expect = [&](const std::string& first, const std::vector<std::string>& names, int64_t c) {
    double change = 0;
    for (const std::string& name : names) {
      const Parameter& p = parameter(*net.network, name);
      const int64_t row = p.value.shape().row();
      for (int64_t k = c * row; k < (c + 1) * row; ++k)
        change += double{p.value.data<float>()[k]} * double{p.grad.data<float>()[k]};
    }
    const double mean = (1 - 0.98 * 0.98) * change * change;  // both steps saw the same
    CHECK(importance_of(*net.network, first).data<float>()[c] == doctest::Approx(mean).epsilon(1e-3));
    nonzero += mean > 0 ? 1 : 0;
  };
  for (const int64_t c : {0, 5, 11})
    expect("1.batch_norm.gamma", {"1.batch_norm.gamma", "1.batch_norm.beta"}, c);
  for (const int64_t c : {0, 17}) expect("5.conv2d.weight", {"5.conv2d.weight", "5.conv2d.bias"}, c);
  expect("4.gate.weight", {"4.gate.weight"}, 3);
  CHECK(nonzero >= 3);
  CHECK(!parameter(*net.network, "1.batch_norm.beta").importance);
}

TEST_CASE("channel pruning: what dies can be removed at once and changes no output") {
  Trained net(kResidual, 0.0);
  ChannelPruning pruning;
  pruning.start(*net.network);
  CHECK(pruning.cost(*net.network) == doctest::Approx(1));
  net.train(20);
  Tape tape;
  tape.backward(net.trainer->forward(tape, images_of(1, 32), {20, 1000, 100}).total);
  ChannelPruning::observe(*net.network);
  CHECK(pruning.prune(*net.network, 1.0) == 0);

  const double before = living(*net.network);
  const int dead = pruning.prune(*net.network, 0.5);
  CHECK(dead > 5);
  CHECK(living(*net.network) == before - dead);
  const Batch batch = images_of(2, 8);
  const Tensor scores = logits_of(*net.network, batch.inputs);
  CHECK(remove_dead_channels(*net.network, Dead::ForGood) > 0);
  check_same(scores, logits_of(*net.network, batch.inputs), 1e-5f);
  CHECK(pruning.cost(*net.network) < 0.6);  // dead addends wait while a block of the grouped layer lives
  CHECK(pruning.prune(*net.network, 0.5) == 0);
  CHECK(std::isfinite(net.train(5)));
}

TEST_CASE("channel pruning: the least important for their price die first, and an eighth of a layer stays") {
  Trained net(R"([{"layer": "conv2d", "channels": 16, "padding": 1}, {"layer": "relu"},
                  {"layer": "conv2d", "channels": 16, "padding": 1}, {"layer": "relu"},
                  {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])",
              0.0);
  ChannelPruning pruning;
  pruning.start(*net.network);
  for (const char* name : {"0.conv2d.weight", "2.conv2d.weight"}) {
    Tensor& importance = parameter(*net.network, name).importance;
    importance = Tensor({16});
    for (int64_t c = 0; c < 16; ++c) importance.data<float>()[c] = static_cast<float>(1 + c * 7 % 16);
  }
  const auto bits = [&](const char* name) { return numbers(parameter(*net.network, name).value); };
  pruning.prune(*net.network, 0.999);  // one channel, the cheapest that matters least
  CHECK(living(*net.network) == 16 + 16 + 4 - 1);
  pruning.prune(*net.network, 0.5);
  const std::vector<float> left = bits("2.conv2d.weight.bits");
  for (size_t c = 0; c < 16; ++c)
    for (size_t d = 0; d < 16; ++d)
      if (c * 7 % 16 < d * 7 % 16 && left[c] > 0) CHECK(left[d] > 0);
  pruning.prune(*net.network, 0.0);
  for (const char* name : {"0.conv2d.weight.bits", "2.conv2d.weight.bits"}) {
    const std::vector<float> few = bits(name);
    CHECK(std::count_if(few.begin(), few.end(), [](float b) { return b > 0; }) == 2);
  }
  for (const float b : bits("5.linear.weight.bits")) CHECK(b > 0);  // the classes stay
}

TEST_CASE("channel pruning: blocks of grouped layers, and odd numbers of channels, leave an eighth as well") {
  Trained net(R"([{"layer": "conv2d", "channels": 8, "padding": 1}, {"layer": "relu"},
                  {"layer": "conv2d", "channels": 32, "kernel": 1, "groups": 2}, {"layer": "relu"},
                  {"layer": "conv2d", "channels": 20, "kernel": 1}, {"layer": "gate"},
                  {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])",
              0.0);
  ChannelPruning pruning;
  pruning.start(*net.network);
  pruning.prune(*net.network, 0.0);
  const auto left = [&](const char* name) {
    const std::vector<float> bits = numbers(parameter(*net.network, name).value);
    return std::count_if(bits.begin(), bits.end(), [](float b) { return b > 0; });
  };
  CHECK(left("0.conv2d.weight.bits") == 4);
  CHECK(left("2.conv2d.weight.bits") == 16);  // one block of two
  CHECK(left("4.conv2d.weight.bits") == 3);   // of 20
  CHECK(left("5.gate.weight.bits") == 3);
}

TEST_CASE("channel pruning: wide layers lose whole vectors of channels, the least important ones") {
  Trained net(R"([{"layer": "conv2d", "channels": 70}, {"layer": "relu"},
                  {"layer": "conv2d", "channels": 32, "kernel": 1}, {"layer": "relu"},
                  {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])",
              0.0);
  ChannelPruning pruning;
  pruning.start(*net.network);
  for (const auto& [name, channels] : {std::pair{"0.conv2d.weight", 70}, {"2.conv2d.weight", 32}}) {
    Tensor& importance = parameter(*net.network, name).importance;
    importance = Tensor({channels});
    for (int64_t c = 0; c < channels; ++c) importance.data<float>()[c] = static_cast<float>(1 + c);
  }
  const auto left = [&](const char* name) {
    const std::vector<float> bits = numbers(parameter(*net.network, name).value);
    return std::count_if(bits.begin(), bits.end(), [](float b) { return b > 0; });
  };
  CHECK(pruning.prune(*net.network, 0.99) == 6);
  CHECK(left("0.conv2d.weight.bits") == 64);
  const std::vector<float> bits = numbers(parameter(*net.network, "0.conv2d.weight.bits").value);
  for (size_t c = 0; c < bits.size(); ++c) CHECK((bits[c] > 0) == (c >= 6));
  pruning.prune(*net.network, 0.6);
  CHECK(left("0.conv2d.weight.bits") % 16 == 0);
  CHECK(left("2.conv2d.weight.bits") % 8 == 0);
  pruning.prune(*net.network, 0.0);
  CHECK(left("0.conv2d.weight.bits") == 16);
  CHECK(left("2.conv2d.weight.bits") == 8);
}

TEST_CASE("channel pruning: frozen layers, and those whose weights have no bits, keep their channels") {
  Trained net(kResidual, 0.0);
  ChannelPruning pruning;
  pruning.start(*net.network);
  for (const char* name : {"0.conv2d.weight", "1.batch_norm.gamma"})
    parameter(*net.network, name).trainable = false;
  pruning.prune(*net.network, 0.01);
  for (const float b : parameter(*net.network, "0.conv2d.weight.bits").value.floats()) CHECK(b > 0);
  CHECK(pruning.prune(*net.network, 0.01) == 0);

  Network plain(layers_of(kResidual), {8, 8, 3}, dense(), 1);
  pruning.start(plain);
  CHECK(pruning.prune(plain, 0.01) == 0);
}
