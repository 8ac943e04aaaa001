// Quantised activations: where a network gets them, and that removal, files and training know them.
#include "compress/quantisation/activations.h"

#include <doctest/doctest.h>

#include "compress/packed/packed_model.h"
#include "compress/removal.h"
#include "compress/round_scales.h"
#include "layers/channelwise/quantise.h"
#include "tests/support/network_fixtures.h"

using namespace pare;

namespace {

constexpr Extent kImages{6, 6, 2};

Graph quantised(const std::string& layers, const ActivationsConfig& config = {}) {
  return with_quantised_activations(lower(layers_of(layers), kImages), config);
}

std::vector<std::string> names_in(const Graph& graph) {
  std::vector<std::string> names;
  for (const Graph::Node& node : graph.nodes) names.push_back(node.name);
  return names;
}

const QuantiseConfig& quantiser(const Graph& graph, const std::string& name) {
  for (const Graph::Node& node : graph.nodes)
    if (node.name == name) return static_cast<const QuantiseConfig&>(*node.config);
  FAIL("no layer ", name);
  return static_cast<const QuantiseConfig&>(*graph.nodes[0].config);
}

void train_a_batch(Network& network, const Tensor& images) {
  Tape tape;
  Pass pass{tape, Mode::Train};
  network.forward(images, pass);
}

constexpr const char* kNet = R"([
  {"layer": "conv2d", "channels": 5, "padding": 1}, {"layer": "relu"}, {"layer": "max_pool"},
  {"layer": "conv2d", "channels": 4}, {"layer": "relu"}, {"layer": "flatten"},
  {"layer": "dropout"}, {"layer": "linear", "features": 3}])";

}  // namespace

TEST_CASE("quantised activations: behind what convolutions and linear layers read, in front of dropout") {
  const Graph graph = quantised(kNet, {.bits = 4, .images = 6, .lr = 0.01});
  CHECK(names_in(graph) == std::vector<std::string>{"images.quantise", "0.conv2d", "1.relu", "2.max_pool",
                                                    "2.max_pool.quantise", "3.conv2d", "4.relu",
                                                    "4.relu.quantise", "5.flatten", "6.dropout", "7.linear"});
  CHECK(quantiser(graph, "images.quantise").bits == 6);
  CHECK(quantiser(graph, "images.quantise").with_signs);
  CHECK(!quantiser(graph, "images.quantise").learnt);
  CHECK(quantiser(graph, "4.relu.quantise").bits == 4);
  CHECK(!quantiser(graph, "4.relu.quantise").with_signs);
  CHECK(quantiser(graph, "4.relu.quantise").learnt);
  CHECK(names_in(quantised(kNet, {.bits = 4, .images = 0, .lr = 0.01}))[0] == "0.conv2d");
}

TEST_CASE(
    "quantised activations: all that read a tensor read its integers, with signs where they are needed") {
  const Graph graph = quantised(R"([{"layer": "conv2d", "channels": 3, "padding": 1}, {"layer": "relu"},
      {"layer": "residual", "body": [{"layer": "conv2d", "channels": 3, "padding": 1}, {"layer": "batch_norm"}],
       "shortcut": []}, {"layer": "conv2d", "channels": 2}, {"layer": "quantise", "signed": true},
      {"layer": "linear", "features": 3}])");
  const auto number = [&](const std::string& name) {
    const auto names = names_in(graph);
    return static_cast<int>(std::ranges::find(names, name) - names.begin());
  };
  const Graph::Node& sum = graph.nodes[static_cast<size_t>(number("2.residual"))];
  CHECK(sum.inputs[1] == number("1.relu.quantise"));
  CHECK(quantiser(graph, "2.residual.quantise").with_signs);
  // What is quantised by hand stays as it is.
  const Graph::Node& last = graph.nodes.back();
  CHECK(last.inputs[0] == number("4.quantise"));
}

TEST_CASE("quantised activations: the first batch of training sets the steps, and no other after it") {
  Network network(quantised(kNet), dense(), 1);
  const Tensor images = random_tensor({8, 6, 6, 2});
  const Tensor before = logits_of(network, images);
  train_a_batch(network, images);
  std::vector<float> steps;
  for (const Network::Node& node : network.nodes())
    if (auto* const layer = as_quantise(*node.layer)) {
      CHECK(layer->is_set());
      steps.push_back(layer->exponent());
    }
  CHECK(steps.size() == 3);
  const Tensor after = logits_of(network, images);
  const double moved = difference(before, after);
  CHECK(moved > 0);
  CHECK(moved < 0.05);  // 8 bits
  train_a_batch(network, random_tensor({8, 6, 6, 2}, 5));
  for (const Network::Node& node : network.nodes())
    if (auto* const layer = as_quantise(*node.layer)) CHECK(std::ranges::count(steps, layer->exponent()) > 0);
}

TEST_CASE("quantised activations: a dead channel leaves, what it gave being rounded in its readers, too") {
  Network network(quantised(kNet, {.bits = 3, .images = 8, .lr = 0.01}), self_compressing(), 1);
  const Tensor images = random_tensor({8, 6, 6, 2});
  train_a_batch(network, images);
  network.visit([](Parameter& p) {
    if (p.name == "0.conv2d.weight.bits") p.value.data<float>()[1] = 0;
    if (p.name == "0.conv2d.bias") p.value.data<float>()[1] = 0.37f;
    if (p.name == "3.conv2d.weight.bits") p.value.data<float>()[2] = 0;
    if (p.name == "3.conv2d.bias") p.value.data<float>()[2] = 0;  // of dropout only zero comes back
  });
  const Tensor before = logits_of(network, images);
  CHECK(remove_dead_channels(network, Dead::ForGood) == 2);
  CHECK(difference(before, logits_of(network, images)) < 1e-5);
}

TEST_CASE("quantised activations: a file gives the same scores bit for bit") {
  Network network(quantised(kNet, {.bits = 4, .images = 8, .lr = 0.01}), self_compressing(), 1);
  const Tensor images = random_tensor({8, 6, 6, 2});
  train_a_batch(network, images);
  round_scales(network);
  const Tensor expected = logits_of(network, images);
  const Spec spec{"toy", {"a", "b", "c"}, {{0, 0}, {1, 1}}};
  const PackedModel model = unpack_model(pack_model(spec, network), "test");
  const Tensor got = logits_of(*model.network, images);
  for (int64_t i = 0; i < got.size(); ++i) CHECK(got.data<float>()[i] == expected.data<float>()[i]);
}
