// Convolutions in groups: depthwise ones lose channels with the layers around them, others whole groups.
#include <doctest/doctest.h>
#include <cmath>

#include <algorithm>

#include "compress/fold.h"
#include "compress/packed/packed_model.h"
#include "compress/removal.h"
#include "compress/round_scales.h"
#include "compress/self_compression/size_loss.h"
#include "deploy/description.h"
#include "tests/support/trained_net.h"

using namespace pare;

namespace {

// Depthwise-separable layers, one pair of them in an inverted residual (Sandler et al., "MobileNetV2", 2018).
constexpr const char* kSeparableNet = R"([
  {"layer": "conv2d", "channels": 12, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
  {"layer": "conv2d", "channels": 12, "padding": 1, "groups": 12, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
  {"layer": "conv2d", "channels": 14, "kernel": 1, "bias": false}, {"layer": "batch_norm"},
  {"layer": "residual", "body": [
    {"layer": "conv2d", "channels": 20, "kernel": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 20, "padding": 1, "groups": 0}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 14, "kernel": 1, "bias": false}, {"layer": "batch_norm"}]},
  {"layer": "relu"}, {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])";

Network network_of(const std::string& layers, const WeightMaker& weights) {
  return {layers_of(layers), {8, 8, 3}, weights, 1};
}

void set(Network& network, const std::string& name, int channel, float value) {
  parameter(network, name).value.data<float>()[channel] = value;
}

// The input channels the weight of each convolution in groups has to fit.
void check_groups(const Network& network) {
  for (const Network::Node& node : network.nodes()) {
    if (!node.layer->window() || node.layer->weight() == nullptr) continue;
    const int inputs = node.input() == Network::kImages
                           ? network.images().channels
                           : network.nodes()[node.input()].layer->output().channels;
    CHECK(node.layer->weight()->shape()[3] * node.layer->window()->groups == inputs);
  }
}

constexpr const char* kDepthwise = R"([
  {"layer": "conv2d", "channels": 4, "kernel": 1}, {"layer": "relu"},
  {"layer": "conv2d", "channels": 4, "padding": 1, "groups": 0}, {"layer": "relu"},
  {"layer": "conv2d", "channels": 5, "kernel": 1}, {"layer": "global_average_pool"},
  {"layer": "linear", "features": 4}])";
constexpr const char* kGrouped = R"([
  {"layer": "conv2d", "channels": 4, "kernel": 1}, {"layer": "relu"},
  {"layer": "conv2d", "channels": 6, "padding": 1, "groups": 2}, {"layer": "relu"},
  {"layer": "conv2d", "channels": 5, "kernel": 1}, {"layer": "global_average_pool"},
  {"layer": "linear", "features": 4}])";

}  // namespace

TEST_CASE("groups: weights have their inputs' share, and what does not divide is an error") {
  Network grouped = network_of(kGrouped, dense()), depthwise = network_of(kDepthwise, dense());
  CHECK(grouped.nodes()[2].layer->weight()->shape() == Shape{6, 3, 3, 2});
  CHECK(grouped.nodes()[2].coupling.owns());
  CHECK(depthwise.nodes()[2].layer->weight()->shape() == Shape{4, 3, 3, 1});
  CHECK(depthwise.nodes()[2].coupling.carries());
  CHECK(depthwise.nodes()[2].layer->multiply_adds() == 8 * 8 * 4 * 9);
  CHECK_THROWS_WITH_AS(
      network_of(R"([{"layer": "conv2d", "channels": 6, "groups": 2}, {"layer": "linear", "features": 4}])",
                 dense()),
      doctest::Contains("layer 0.conv2d splits 3 input channels and 6 channels into 2 groups"), Error);
}

TEST_CASE(
    "groups: a channel leaves a depthwise convolution when what writes it dies, or its own weights do") {
  Network network = network_of(kDepthwise, self_compressing());
  set(network, "0.conv2d.weight.bits", 1, 0);
  set(network, "0.conv2d.bias", 1, -0.5f);  // zero behind the relu
  set(network, "2.conv2d.bias", 1, 0.25f);  // what the depthwise layer makes of it: its bias
  set(network, "2.conv2d.weight.bits", 3, 0);
  set(network, "2.conv2d.bias", 3, 0.75f);
  set(network, "0.conv2d.weight.bits", 0, 0);
  set(network, "0.conv2d.bias", 0, 0.5f);  // not zero: its borders show behind the padding
  const Batch batch = images_of(0, 4);
  const Tensor before = logits_of(network, batch.inputs);
  CHECK(remove_dead_channels(network, Dead::ForGood) == 2);
  check_same(before, logits_of(network, batch.inputs), 1e-6f);
  for (int node = 0; node < 4; ++node) CHECK(network.nodes()[node].channels == std::vector<int>{0, 2});
  CHECK(network.nodes()[2].layer->weight()->shape() == Shape{2, 3, 3, 1});
  CHECK(network.nodes()[4].layer->weight()->shape() == Shape{5, 1, 1, 2});
  check_groups(network);
  CHECK(describe_layers(network).items()[2].find("window")->find("groups")->integer() == 2);
}

TEST_CASE("groups: whole dead groups leave with their inputs, others keep all their channels") {
  Network network = network_of(kGrouped, self_compressing());
  const Batch batch = images_of(0, 4);
  const auto kill = [&](int channel, float bias) {
    set(network, "2.conv2d.weight.bits", channel, 0);
    set(network, "2.conv2d.bias", channel, bias);
  };
  kill(1, 0);
  kill(3, 0.5f);  // behind the relu a constant, which the next layer's biases take over
  kill(4, -1);
  set(network, "0.conv2d.weight.bits", 1, 0);
  for (const Dead dead : {Dead::ForGood, Dead::AsItIs}) CHECK(remove_dead_channels(network, dead) == 0);
  kill(5, 0.25f);  // and with it the second group, 3 to 5, is dead
  const Tensor before = logits_of(network, batch.inputs);
  CHECK(remove_dead_channels(network, Dead::ForGood) == 5);
  check_same(before, logits_of(network, batch.inputs), 1e-6f);
  CHECK(network.nodes()[0].channels == std::vector<int>{0, 1});
  CHECK(network.nodes()[3].channels == std::vector<int>{0, 1, 2});
  CHECK(network.nodes()[2].layer->weight()->shape() == Shape{3, 3, 3, 2});
  check_groups(network);
  // The last group stays, and its channels do, as a network that is built and cut anew must be able to be.
  for (const int channel : {0, 2}) kill(channel, 0);
  CHECK(remove_dead_channels(network, Dead::ForGood) == 0);
  const auto twin = network.copy(self_compressing());
  check_same(logits_of(network, batch.inputs), logits_of(*twin, batch.inputs), 0);
}

TEST_CASE("groups: a group leaves whose inputs are zero, or whose outputs nobody reads") {
  Network network = network_of(kGrouped, self_compressing());
  for (const int channel : {2, 3}) {  // what the second group reads
    set(network, "0.conv2d.weight.bits", channel, 0);
    set(network, "0.conv2d.bias", channel, -0.5f);
  }
  for (const int channel : {3, 4, 5}) set(network, "2.conv2d.bias", channel, 0.125f);
  const Batch batch = images_of(0, 4);
  const Tensor before = logits_of(network, batch.inputs);
  CHECK(remove_dead_channels(network, Dead::ForGood) == 5);
  check_same(before, logits_of(network, batch.inputs), 1e-6f);
  check_groups(network);

  Network unread = network_of(kGrouped, self_compressing());
  Tensor& reader = parameter(unread, "4.conv2d.weight").value;  // (5,1,1,6)
  for (int64_t i = 0; i < reader.size(); ++i)
    if (i % 6 < 3) reader.data<float>()[i] = 0;
  const Tensor as_before = logits_of(unread, batch.inputs);
  CHECK(remove_dead_channels(unread, Dead::ForGood) == 0);
  CHECK(remove_dead_channels(unread, Dead::AsItIs) == 5);
  check_same(as_before, logits_of(unread, batch.inputs), 1e-6f);
  CHECK(unread.nodes()[0].channels == std::vector<int>{2, 3});
}

TEST_CASE("groups: inputs that another layer reads keep their group") {
  Network network = network_of(R"([
    {"layer": "conv2d", "channels": 4, "kernel": 1}, {"layer": "relu"},
    {"layer": "residual", "body": [{"layer": "conv2d", "channels": 4, "padding": 1, "groups": 2, "bias": false}]},
    {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])",
                               self_compressing());
  for (const int channel : {2, 3}) set(network, "2.body.0.conv2d.weight.bits", channel, 0);
  CHECK(remove_dead_channels(network, Dead::ForGood) == 0);
  for (const int channel : {2, 3}) set(network, "0.conv2d.weight.bits", channel, 0);
  const Batch batch = images_of(0, 4);
  const Tensor before = logits_of(network, batch.inputs);
  CHECK(remove_dead_channels(network, Dead::ForGood) == 4);
  check_same(before, logits_of(network, batch.inputs), 1e-6f);
  check_groups(network);
}

TEST_CASE("groups: only whole groups may be kept") {
  Network network = network_of(kGrouped, dense());
  const std::vector<int> all{0, 1, 2, 3, 4}, scores{0, 1, 2, 3};
  const std::vector<int> first{0, 1}, first_out{0, 1, 2}, second_out{3, 4, 5}, torn{0, 1, 3};
  for (const auto& outputs : {second_out, torn, std::vector<int>{0, 1}})
    CHECK_THROWS_WITH_AS(network.keep({first, first, outputs, outputs, all, all, scores}),
                         doctest::Contains("do not fit its neighbours'"), Error);
  network.keep({first, first, first_out, first_out, all, all, scores});
  CHECK(network.nodes()[2].layer->window()->groups == 1);
}

TEST_CASE("groups: the size loss counts the weights that there are") {
  const auto size_of = [](Network& network) {
    Tape tape;
    return size_loss(tape, network, 1).value.item();
  };
  // One term a layer: taps x (input channels x own depths + own live channels x feeding depths). What feeds
  // the reader are both the depthwise convolution and the one before it: each alone can end a channel.
  Network depthwise = network_of(kDepthwise, self_compressing(6));
  set(depthwise, "2.conv2d.weight.bits", 1, 2);
  const double first = 3 * 4 * 6, reader = 4 * (5 * 6) + 5 * (4 * 6), last = 5 * (4 * 6) + 4 * (5 * 6);
  CHECK(size_of(depthwise) == doctest::Approx(first + 9 * (3 * 6 + 2) + reader + 5 * (3 * 6 + 2) + last));
  Network grouped = network_of(kGrouped, self_compressing(6));
  set(grouped, "2.conv2d.weight.bits", 1, 0);  // that channel stays, so its reader pays for all six
  CHECK(size_of(grouped) == doctest::Approx(first + 9 * 2 * (5 * 6) + 6 * (5 * 6) + 5 * (6 * 6) + last));
}

TEST_CASE("groups: batch norm folds into a depthwise convolution") {
  LayerList layers = layers_of(kSeparableNet);
  Network network(layers, {8, 8, 3}, dense(), 1);
  Rng rng(4, "statistics");
  network.visit([&](Parameter& p) {
    if (p.is(ParameterTag::Normalisation) || p.is(ParameterTag::Statistic))
      for (float& x : p.value.floats()) x = rng.uniform(0.5f, 1.5f);
  });
  const Batch batch = images_of(0, 4);
  const Tensor before = logits_of(network, batch.inputs);
  fold(network);
  for (const Network::Node& node : network.nodes()) CHECK(node.kind() != "batch_norm");
  check_same(before, logits_of(network, batch.inputs), 1e-5f);
}

TEST_CASE(
    "groups: a trained depthwise-separable net loses channels with unchanged scores, trains on and packs") {
  Trained run(kSeparableNet, 0.3);
  run.train(400);
  const Batch batch = images_of(99999, 16);
  int depthwise_losses = 0;
  for (int round = 0; round < 2; ++round) {
    const Tensor before = logits_of(*run.network, batch.inputs);
    const int64_t weights = run.network->weight_count();
    const int removed = remove_dead_channels(*run.network, Dead::ForGood);
    MESSAGE("round " << round << ": " << removed << " channels went, " << weights << " -> "
                     << run.network->weight_count() << " weights");
    check_same(before, logits_of(*run.network, batch.inputs), 2e-5f);
    check_groups(*run.network);
    for (const Network::Node& node : run.network->nodes())
      if (node.layer->weight() != nullptr && node.coupling.carries())
        depthwise_losses += node.original_channels - static_cast<int>(node.channels.size());
    CHECK(std::isfinite(run.train(100)));
  }
  CHECK(depthwise_losses > 0);

  run.method->finish(*run.network);
  const Spec info{"test", {"a", "b", "c", "d"}, {{0, 0, 0}, {1, 1, 1}}};
  const std::vector<uint8_t> bytes = pack_model(info, *run.network);
  PackedModel model = unpack_model(bytes, "test");
  CHECK(numbers(logits_of(*model.network, batch.inputs)) == numbers(logits_of(*run.network, batch.inputs)));
  // In the order of the layers with weights, the depthwise ones among them.
  CHECK(model.original_channels == std::vector<int>{12, 12, 14, 20, 20, 14, 4});
  CHECK(pack_model(model.spec, *model.network) == bytes);
}

TEST_CASE("groups: depthwise convolutions down to one channel, and dense groups, come back from a file") {
  const Spec info{"test", {"a", "b", "c", "d"}, {{0, 0, 0}, {1, 1, 1}}};
  const Batch batch = images_of(0, 4);
  const auto packs = [&](const char* description, const WeightMaker& weights, int alive) {
    LayerList layers = layers_of(description);
    Network network(layers, {8, 8, 3}, weights, 1);
    for (int c = alive; c < 4; ++c) {
      set(network, "0.conv2d.weight.bits", c, 0);
      set(network, "2.conv2d.bias", c, 0);
    }
    remove_dead_channels(network, Dead::ForGood);
    network.visit([](Parameter& p) {
      if (p.is(ParameterTag::Exponents))
        for (float& e : p.value.floats()) e = std::nearbyint(e);
    });
    PackedModel model = unpack_model(pack_model(info, network), "test");
    CHECK(model.network->nodes()[2].channels == network.nodes()[2].channels);
    CHECK(model.network->nodes()[2].coupling.outputs == network.nodes()[2].coupling.outputs);
    CHECK(numbers(logits_of(*model.network, batch.inputs)) == numbers(logits_of(network, batch.inputs)));
  };
  packs(kDepthwise, self_compressing(), 1);
  packs(kDepthwise, self_compressing(), 4);
  packs(kDepthwise, dense(), 4);
  packs(kGrouped, dense(), 4);
  packs(kGrouped, self_compressing(), 4);
}

TEST_CASE(
    "groups: a convolution split by an image's only channel may lose its own, and comes back from a file") {
  LayerList layers = layers_of(R"([{"layer": "conv2d", "channels": 3, "groups": 0}, {"layer": "relu"},
                                   {"layer": "linear", "features": 2}])");
  Network network(layers, {8, 8, 1}, self_compressing(), 1);
  for (const int c : {0, 2}) set(network, "0.conv2d.weight.bits", c, 0);
  remove_dead_channels(network, Dead::ForGood);
  CHECK(network.nodes()[0].channels == std::vector<int>{1});
  round_scales(network);
  const Spec info{"test", {"a", "b"}, {{0}, {1}}};
  PackedModel model = unpack_model(pack_model(info, network), "test");
  const Tensor images = random_tensor({5, 8, 8, 1});
  CHECK(numbers(logits_of(*model.network, images)) == numbers(logits_of(network, images)));
}

TEST_CASE("groups: 30 residuals that mix nothing train and lose channels in normal time") {
  std::string layers = R"([{"layer": "conv2d", "channels": 6, "padding": 1},)";
  for (int block = 0; block < 30; ++block)
    layers += R"({"layer": "residual", "body": [
        {"layer": "conv2d", "channels": 6, "padding": 1, "groups": 0, "bias": false}, {"layer": "relu"}]},)";
  Trained run(layers + R"({"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])", 0.1);
  const Parameter& bits = parameter(*run.network, "0.conv2d.weight.bits");
  // Every one of the 2^30 ways begins at this layer, so each of its channels answers for one input of the
  // last.
  Tape tape;
  const Var loss = size_loss(tape, *run.network, 1);
  tape.backward(loss);
  for (const float g : numbers(bits.grad)) CHECK(g == doctest::Approx(9 * 3 + 4));
  run.network->visit([](Parameter& p) { p.grad = {}; });
  run.train(3);
  for (const int c : {1, 4}) {
    set(*run.network, "0.conv2d.weight.bits", c, 0);
    set(*run.network, "0.conv2d.bias", c, 0);
  }
  const Batch batch = images_of(0, 4);
  const Tensor before = logits_of(*run.network, batch.inputs);
  CHECK(remove_dead_channels(*run.network, Dead::ForGood) > 0);
  check_same(before, logits_of(*run.network, batch.inputs), 1e-5f);
  CHECK(run.network->nodes()[0].channels == std::vector<int>{0, 2, 3, 5});
}
