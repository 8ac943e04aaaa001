// Gates: the op, how channels close and leave, what the size loss says of them, and how they come back from a
// file.
#include <doctest/doctest.h>
#include <cmath>

#include "compress/packed/packed_model.h"
#include "compress/removal.h"
#include "compress/self_compression/size_loss.h"
#include "tests/support/numbers/op_harness.h"
#include "tests/support/trained_net.h"

using namespace pare;

namespace {

// A gate in front of a body, and one on each kind of shortcut.
constexpr const char* kGatedNet = R"([
  {"layer": "conv2d", "channels": 12, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
  {"layer": "residual", "body": [
    {"layer": "gate"},
    {"layer": "conv2d", "channels": 12, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 12, "padding": 1, "bias": false}, {"layer": "batch_norm"}],
   "shortcut": [{"layer": "gate", "name": "skip"}]},
  {"layer": "relu"},
  {"layer": "residual", "body": [
    {"layer": "gate"},
    {"layer": "conv2d", "channels": 16, "stride": 2, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 16, "padding": 1, "bias": false}, {"layer": "batch_norm"}],
   "shortcut": [{"layer": "gate"}, {"layer": "conv2d", "channels": 16, "kernel": 1, "stride": 2, "bias": false},
                {"layer": "batch_norm"}]},
  {"layer": "relu"}, {"layer": "global_average_pool"}, {"layer": "gate"}, {"layer": "linear", "features": 4}])";

void close(Network& network, const std::string& gate, std::vector<int> channels) {
  for (const int c : channels) parameter(network, gate + ".weight.bits").value.data<float>()[c] = 0;
}

const Network::Node& node_of(const Network& network, const std::string& name) {
  for (const Network::Node& node : network.nodes())
    if (node.name == name) return node;
  throw std::runtime_error("no node " + name);
}

}  // namespace

TEST_CASE("ops: gate") {
  struct Row {
    int64_t channels;
    std::vector<int> from;
  };
  const Row rows[] = {{1, {0}}, {3, {0, 1, 2}}, {17, {1, 4, 16}}, {53, {0, 2, 3, 19, 50, 51}}};
  std::vector<OpCase> cases;
  for (const Row& row : rows)
    for (const bool flat : {false, true})
      cases.push_back(
          {.name = text("gate of ", row.from.size(), " in ", row.channels, flat ? " flat" : ""),
           .inputs = {{"x", flat ? Shape{5, row.channels} : Shape{2, 3, 4, row.channels}},
                      {"g", {static_cast<int64_t>(row.from.size()), 1, 1, 1}}},
           .op = [row](Tape& tape, const Vars& v, DType) { return gate(tape, v[0], v[1], row.from); },
           .naive = [row](const Arrays& a) { return reference::gate(a[0], a[1], row.from); }});
  prove("gate", cases);
}

TEST_CASE(
    "gate: its numbers are a kind of their own, which weight decay leaves alone unless told otherwise") {
  Network network(layers_of(kGatedNet), {8, 8, 3}, self_compressing(), 1);
  CHECK(parameter(network, "skip.weight").is(ParameterTag::Gate));
  CHECK(parameter(network, "0.conv2d.weight").is(ParameterTag::Weight));
}

TEST_CASE("gate: begins open") {
  const char* const plain = R"([{"layer": "conv2d", "channels": 5}, {"layer": "relu"},
      {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])";
  const char* const gated = R"([{"layer": "gate"}, {"layer": "conv2d", "channels": 5}, {"layer": "gate"},
      {"layer": "relu"}, {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])";
  const Batch batch = images_of(0, 3);
  Network a(layers_of(plain), {8, 8, 3}, dense(), 1), b(layers_of(gated), {8, 8, 3}, dense(), 1);
  CHECK(numbers(logits_of(a, batch.inputs)) == numbers(logits_of(b, batch.inputs)));
}

TEST_CASE("gate: a closed channel leaves what is behind the gate and stays for the input's other readers") {
  Network network(layers_of(kGatedNet), {8, 8, 3}, self_compressing(), 1);
  close(network, "3.body.0.gate", {0, 5, 11});
  close(network, "skip", {2});
  close(network, "8.gate", {1, 3});
  const Batch batch = images_of(0, 6);
  const Tensor before = logits_of(network, batch.inputs);
  CHECK(remove_dead_channels(network, Dead::ForGood) > 0);
  check_same(before, logits_of(network, batch.inputs), 2e-6f);
  CHECK(parameter(network, "3.body.1.conv2d.weight").value.shape() == Shape{12, 3, 3, 9});
  CHECK(node_of(network, "3.body.0.gate").channels == std::vector<int>{1, 2, 3, 4, 6, 7, 8, 9, 10});
  CHECK(node_of(network, "skip").channels.size() == 11);
  CHECK(node_of(network, "2.relu").channels.size() == 12);      // the skip still reads what the body does not
  CHECK(node_of(network, "3.residual").channels.size() == 12);  // the body writes what the skip does not
  CHECK(node_of(network, "8.gate").channels.size() == 14);

  // What no reader lets through is not written either.
  close(network, "skip", {0});
  CHECK(remove_dead_channels(network, Dead::ForGood) > 0);
  CHECK(node_of(network, "2.relu").channels.size() == 11);
}

TEST_CASE("gate: the size loss pays for a gate what its reader would save") {
  // conv (4 channels of 3x3x3), gate, linear (4 features of 4 inputs).
  const char* const layers =
      R"([{"layer": "conv2d", "channels": 4, "bias": false}, {"layer": "global_average_pool"},
      {"layer": "gate"}, {"layer": "linear", "features": 4}])";
  Network network(layers_of(layers), {8, 8, 3}, self_compressing(4), 1);
  close(network, "2.gate", {3});
  const double weights = 4 * 27 + 4 + 16;
  Tape tape;
  const Var loss = size_loss(tape, network, static_cast<int64_t>(weights));
  tape.backward(loss);
  // Its own bit a weight, and four rows of the linear layer for each channel.
  for (const float g : numbers(parameter(network, "2.gate.weight.bits").grad))
    CHECK(g == doctest::Approx((1 + 4) / weights));
  // The convolution's channel pays the same for the linear layer, besides its own 27 weights.
  CHECK(parameter(network, "0.conv2d.weight.bits").grad.data<float>()[0] ==
        doctest::Approx((27 + 4) / weights));
  // Three of the four inputs of the linear layer are left.
  CHECK(parameter(network, "3.linear.weight.bits").grad.data<float>()[0] == doctest::Approx(3 / weights));
}

TEST_CASE("gate: a trained net closes gates, keeps its scores, trains on and comes back from a file") {
  Trained run(kGatedNet, 0.3);
  run.train(400);
  const Batch batch = images_of(99999, 16);
  for (int round = 0; round < 2; ++round) {
    const Tensor before = logits_of(*run.network, batch.inputs);
    remove_dead_channels(*run.network, Dead::ForGood);
    check_same(before, logits_of(*run.network, batch.inputs), 2e-5f);
    run.network->visit([](Parameter& p) {
      for (const Tensor& slot : p.slots) CHECK(slot.shape() == p.value.shape());
    });
    CHECK(std::isfinite(run.train(50)));
  }
  bool selects = false;
  for (const Network::Node& node : run.network->nodes())
    if (node.kind() == "gate" && node.name != "8.gate")
      selects = selects || node.channels.size() < run.network->nodes()[node.input()].channels.size();
  CHECK(selects);

  run.method->finish(*run.network);
  const Spec info{"test", {"a", "b", "c", "d"}, {{0, 0, 0}, {1, 1, 1}}};
  const std::vector<uint8_t> bytes = pack_model(info, *run.network);
  PackedModel model = unpack_model(bytes, "test");
  CHECK(numbers(logits_of(*model.network, batch.inputs)) == numbers(logits_of(*run.network, batch.inputs)));
  for (size_t i = 0; i < model.network->nodes().size(); ++i) {
    const Network::Node& was = run.network->nodes()[i];
    const Network::Node& is = model.network->nodes()[i];
    if (is.kind() == "gate") CHECK(is.coupling.inputs[0].from == was.coupling.inputs[0].from);
  }
  CHECK(pack_model(model.spec, *model.network) == bytes);
}
