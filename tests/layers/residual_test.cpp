// Networks with shortcuts: shapes, fused batch norm, and channels that leave the sums they take part in.
#include <doctest/doctest.h>
#include <cmath>

#include <algorithm>

#include "compress/packed/packed_model.h"
#include "compress/removal.h"
#include "tests/support/trained_net.h"

using namespace pare;

namespace {

constexpr const char* kResidualNet = R"([
  {"layer": "conv2d", "channels": 12, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
  {"layer": "residual", "body": [
    {"layer": "conv2d", "channels": 12, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 12, "padding": 1, "bias": false}, {"layer": "batch_norm"}]},
  {"layer": "relu"},
  {"layer": "residual", "body": [
    {"layer": "conv2d", "channels": 16, "stride": 2, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 16, "padding": 1, "bias": false}, {"layer": "batch_norm"}],
   "shortcut": [{"layer": "conv2d", "channels": 16, "kernel": 1, "stride": 2, "bias": false}, {"layer": "batch_norm"}]},
  {"layer": "relu"}, {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])";

}  // namespace

TEST_CASE("residual: batch norm, add and relu in one loop give what they give one by one") {
  Network network(layers_of(kResidualNet), {8, 8, 3}, dense_weights(Initialiser::HeNormal), 3);
  const Batch batch = images_of(0, 5);
  for (const Mode mode : {Mode::Train, Mode::Evaluate}) {
    Tape off(Recording::Off);
    Pass pass{off, mode, DType::F32, 0, 0};
    const Tensor fused = network.forward(batch.inputs, pass).value;
    std::vector<Var> values;
    for (const Network::Node& node : network.nodes()) {
      std::vector<Var> inputs;
      for (const int i : node.inputs)
        inputs.push_back(i == Network::kImages ? Tape::constant(batch.inputs) : values[i]);
      values.push_back(node.layer->forward(inputs, pass));
    }
    check_same(fused, values.back().value.reshaped(fused.shape()), 1e-5f);
  }
}

TEST_CASE(
    "residual: a body that does not fit its shortcut is an error that names the layer and both shapes") {
  const LayerList layers = layers_of(R"([{"layer": "residual", "body": [
      {"layer": "conv2d", "channels": 5, "padding": 1}]}, {"layer": "linear", "features": 4}])");
  CHECK_THROWS_WITH_AS(
      Network(layers, {8, 8, 3}, dense_weights(Initialiser::HeNormal), 1),
      doctest::Contains("layer 0.residual adds 0.body.0.conv2d of (8,8,5) to images of (8,8,3)"), Error);
  const LayerList gated = layers_of(R"([{"layer": "conv2d", "channels": 8}, {"layer": "residual", "body": [
      {"layer": "conv2d", "channels": 16, "padding": 1}, {"layer": "gate", "channels": 8}]},
      {"layer": "linear", "features": 4}])");
  CHECK_THROWS_WITH_AS(
      Network(gated, {8, 8, 3}, dense_weights(Initialiser::HeNormal), 1),
      doctest::Contains(
          "adds 1.body.1.gate of (6,6,8) (of 16 channels before a gate) to 0.conv2d of (6,6,8)"),
      Error);
}

TEST_CASE("residual: channels leave a trained net with shortcuts, its scores stay, and it trains on") {
  Trained run(kResidualNet, 0.3);
  run.train(400);
  for (int round = 0; round < 3; ++round) {
    const Batch batch = images_of(99999, 16);
    const Tensor before = logits_of(*run.network, batch.inputs);
    const int64_t weights = run.network->weight_count();
    const int removed = remove_dead_channels(*run.network, Dead::ForGood);
    MESSAGE("round " << round << ": " << removed << " channels went, " << weights << " -> "
                     << run.network->weight_count() << " weights");
    if (round == 0) CHECK(removed > 0);
    // Constants folded into biases are summed in another order.
    check_same(before, logits_of(*run.network, batch.inputs), 2e-5f);
    run.network->visit([](Parameter& p) {
      for (const Tensor& slot : p.slots) CHECK(slot.shape() == p.value.shape());
    });
    CHECK(std::isfinite(run.train(100)));
  }
}

TEST_CASE("residual: a finished net packs and comes back bit for bit, streams included") {
  Trained run(kResidualNet, 0.3);
  run.train(400);
  remove_dead_channels(*run.network, Dead::ForGood);
  run.train(50);
  run.method->finish(*run.network);
  const Spec info{"test", {"a", "b", "c", "d"}, {{0, 0, 0}, {1, 1, 1}}};
  const std::vector<uint8_t> bytes = pack_model(info, *run.network);
  const PackedModel model = unpack_model(bytes, "test");
  const Batch batch = images_of(7, 9);
  const Tensor expected = logits_of(*run.network, batch.inputs),
               got = logits_of(*model.network, batch.inputs);
  for (int64_t i = 0; i < expected.size(); ++i) CHECK(expected.data<float>()[i] == got.data<float>()[i]);
}

TEST_CASE("network: a copy has the same state and none of the original's memory") {
  Trained run(kResidualNet, 0.3);
  run.train(60);
  remove_dead_channels(*run.network, Dead::ForGood);
  const Batch batch = images_of(3, 4);
  const Tensor before = logits_of(*run.network, batch.inputs);
  const auto copy = run.network->copy(run.method->weights(Initialiser::HeNormal));
  const Tensor copied = logits_of(*copy, batch.inputs);
  run.method->finish(*copy);
  const Tensor after = logits_of(*run.network, batch.inputs);
  for (int64_t i = 0; i < before.size(); ++i) {
    CHECK(copied.data<float>()[i] == before.data<float>()[i]);
    CHECK(after.data<float>()[i] == before.data<float>()[i]);
  }
}

TEST_CASE("removal: a constant addend stays while the sum it belongs to does") {
  // Channel 1 of the stream is constant, 0.25, and 0.5 more behind the sum. The linear layer could do without
  // it, but the padded convolution cannot do without the 0.25; so neither may the 0.5 leave.
  Network network(layers_of(R"([
      {"layer": "conv2d", "channels": 3, "kernel": 1},
      {"layer": "residual", "body": [{"layer": "conv2d", "channels": 3, "padding": 1}]},
      {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])"),
                  {8, 8, 3}, self_compressing(), 1);
  for (const auto& [layer, bias] : {std::pair("0.conv2d", 0.25f), {"1.body.0.conv2d", 0.5f}}) {
    parameter(network, std::string(layer) + ".weight.bits").value.data<float>()[1] = 0;
    parameter(network, std::string(layer) + ".bias").value.data<float>()[1] = bias;
  }
  const Batch batch = images_of(0, 4);
  const Tensor before = logits_of(network, batch.inputs);
  CHECK(remove_dead_channels(network, Dead::ForGood) == 0);
  check_same(before, logits_of(network, batch.inputs), 1e-6f);
  // Without its first half nothing needs the channel any more.
  parameter(network, "0.conv2d.bias").value.data<float>()[1] = 0;
  const Tensor halved = logits_of(network, batch.inputs);
  CHECK(remove_dead_channels(network, Dead::ForGood) == 2);
  check_same(halved, logits_of(network, batch.inputs), 1e-6f);
}

TEST_CASE("removal: channels of the images that nobody reads stay in the layers between") {
  Network network(layers_of(R"([{"layer": "batch_norm"}, {"layer": "conv2d", "channels": 3, "kernel": 1},
      {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])"),
                  {8, 8, 3}, dense(), 1);
  Tensor& weight = parameter(network, "1.conv2d.weight").value;         // (3,1,1,3)
  for (const int unused : {2, 5, 8}) weight.data<float>()[unused] = 0;  // the images' last channel
  for (const int silent : {3, 4, 5}) weight.data<float>()[silent] = 0;  // the second output
  const Batch batch = images_of(0, 4);
  const Tensor before = logits_of(network, batch.inputs);
  CHECK(remove_dead_channels(network, Dead::AsItIs) == 1);
  check_same(before, logits_of(network, batch.inputs), 1e-6f);
}
