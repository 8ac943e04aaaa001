// Parameters that are not trainable: no gradient is made for them, nor for what only leads to them, and they
// keep their channels.
#include "compress/removal.h"
#include "framework/autograd/ops.h"
#include "tests/support/network_fixtures.h"

using namespace pare;

namespace {

const char* const kNet = R"([
  {"layer": "conv2d", "channels": 4}, {"layer": "batch_norm"}, {"layer": "relu"},
  {"layer": "conv2d", "channels": 4}, {"layer": "relu"}, {"layer": "linear", "features": 3}])";

void freeze(Network& network, const std::string& prefix) {
  network.visit([&](Parameter& p) {
    if (p.name.starts_with(prefix)) p.trainable = false;
  });
}

// Operations on the tape after a forward pass in training.
int recorded(Network& network, Tape& tape) {
  Pass pass{tape, Mode::Train};
  const std::vector<int32_t> labels{0, 2};
  const Var loss = cross_entropy(tape, network.forward(random_tensor({2, 8, 8, 2}), pass), labels);
  tape.backward(loss);
  return tape.recorded();
}

}  // namespace

TEST_CASE("frozen: the tape records nothing before the first trainable parameter") {
  Network network(layers_of(kNet), {8, 8, 2}, dense(), 1);
  Tape whole, head, tail;
  const int all = recorded(network, whole);
  network.visit([](Parameter& p) { p.grad = {}; });
  const int64_t flops = network.training_flops();
  for (const char* prefix : {"0.", "1.", "3."}) freeze(network, prefix);
  // Weight, bias, product, its reshape to (N,K) and the loss.
  CHECK(recorded(network, head) == 5);
  CHECK(all > 10);
  network.visit([](const Parameter& p) {
    CAPTURE(p.name);
    CHECK(static_cast<bool>(p.grad) == p.name.starts_with("5."));
  });
  CHECK(network.training_flops() ==
        2 * network.multiply_adds() + 2 * parameter(network, "5.linear.weight").value.size());
  CHECK(network.training_flops() < flops);
}

TEST_CASE("frozen: a bias learns alone, with the gradient it has otherwise") {
  for (const std::string layer : {"3.conv2d", "5.linear"}) {
    CAPTURE(layer);
    Network network(layers_of(kNet), {8, 8, 2}, dense(), 1);
    Tape whole, part;
    recorded(network, whole);
    const Tensor bias = parameter(network, layer + ".bias").grad,
                 first = parameter(network, "0.conv2d.weight").grad;
    network.visit([](Parameter& p) { p.grad = {}; });
    freeze(network, layer + ".weight");
    recorded(network, part);
    CHECK(!parameter(network, layer + ".weight").grad);
    CHECK(difference(bias, parameter(network, layer + ".bias").grad) < 1e-5);
    CHECK(difference(first, parameter(network, "0.conv2d.weight").grad) < 1e-5);
  }
}

TEST_CASE("frozen: the statistics of a frozen batch norm stand still, and normalise in training") {
  Network network(layers_of(kNet), {8, 8, 2}, dense(), 1);
  const auto train = [&] {
    Tape tape(Recording::Off);
    Pass pass{tape, Mode::Train};
    return network.forward(random_tensor({2, 8, 8, 2}), pass).value;
  };
  const std::vector<float> before = numbers(parameter(network, "1.batch_norm.mean").value);
  freeze(network, "1.batch_norm.gamma");
  freeze(network, "1.batch_norm.beta");
  const Tensor scores = train();
  CHECK(numbers(parameter(network, "1.batch_norm.mean").value) == before);
  CHECK(numbers(scores) == numbers(logits_of(network, random_tensor({2, 8, 8, 2}))));
  network.visit([](Parameter& p) { p.trainable = true; });
  train();
  CHECK(numbers(parameter(network, "1.batch_norm.mean").value) != before);
}

TEST_CASE("frozen: layers keep their channels, but for those that were dead at the start") {
  const auto channels = [](const char* frozen, Frozen stay) {
    Network network(layers_of(R"([{"layer": "conv2d", "channels": 4}, {"layer": "relu"},
        {"layer": "conv2d", "channels": 5}, {"layer": "relu"}, {"layer": "linear", "features": 3}])"),
                    {8, 8, 2}, self_compressing(), 1);
    // Channel 1 of the first layer and channel 2 of the second have no bits.
    parameter(network, "0.conv2d.weight.bits").value.data<float>()[1] = 0;
    parameter(network, "2.conv2d.weight.bits").value.data<float>()[2] = 0;
    freeze(network, frozen);
    remove_dead_channels(network, Dead::ForGood, stay);
    return std::vector<size_t>{network.nodes()[0].channels.size(), network.nodes()[2].channels.size()};
  };
  CHECK(channels("nothing", Frozen::Stay) == std::vector<size_t>{3, 4});
  CHECK(channels("0.", Frozen::Stay) == std::vector<size_t>{3, 4});  // dead at the start
  CHECK(channels("0.conv2d.bias", Frozen::Stay) ==
        std::vector<size_t>{4, 4});                                  // its bits may have died since
  CHECK(channels("2.", Frozen::Stay) == std::vector<size_t>{4, 4});  // its columns stay
  CHECK(channels("4.", Frozen::Stay) == std::vector<size_t>{3, 5});
  CHECK(channels("2.", Frozen::Leave) == std::vector<size_t>{3, 4});
}

TEST_CASE(
    "frozen: a file's layer takes over the constant of a channel that leaves, though its bias was frozen") {
  Network network(layers_of(R"([{"layer": "conv2d", "channels": 4}, {"layer": "relu"},
      {"layer": "conv2d", "channels": 5}, {"layer": "flatten"}, {"layer": "linear", "features": 3}])"),
                  {8, 8, 2}, self_compressing(), 1);
  parameter(network, "0.conv2d.weight.bits").value.data<float>()[1] = 0;
  parameter(network, "0.conv2d.bias").value.data<float>()[1] = 0.75f;
  freeze(network, "2.");
  const Tensor images = random_tensor({3, 8, 8, 2}), before = logits_of(network, images);
  CHECK(remove_dead_channels(network, Dead::AsItIs, Frozen::Leave) == 1);
  CHECK(network.nodes()[0].channels == std::vector<int>{0, 2, 3});
  CHECK(difference(before, logits_of(network, images)) < 1e-6);
}
