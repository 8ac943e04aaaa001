// Graphs: lists of layers taken apart, networks built from them, and networks whose layers name what they
// read.
#include "layers/graph/graph.h"

#include <doctest/doctest.h>
#include <cmath>

#include "compress/packed/packed_model.h"
#include "compress/removal.h"
#include "compress/round_scales.h"
#include "compress/self_compression/size_loss.h"
#include "deploy/description.h"
#include "deploy/export.h"
#include "layers/mixing/conv2d.h"
#include "tests/support/data_fixtures.h"
#include "tests/support/trained_net.h"

using namespace pare;

namespace {

constexpr Extent kImages{8, 8, 3};

// Two branches that read the same layer, one of them beside its own input.
constexpr const char* kBranches = R"([
  {"layer": "conv2d", "name": "stem", "channels": 8, "padding": 1}, {"layer": "relu"},
  {"layer": "conv2d", "name": "wide", "channels": 6, "padding": 1},
  {"layer": "conv2d", "name": "narrow", "channels": 5, "kernel": 1, "inputs": ["1.relu"]},
  {"layer": "concat", "name": "both", "inputs": ["wide", "narrow", "images"]}, {"layer": "relu"},
  {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}])";

std::string refusal(const std::string& layers) {
  return failure_of(Failure::Usage, [&] { Network(layers_of(layers), kImages, dense(), 1); });
}

}  // namespace

TEST_CASE("graph: a residual becomes its layers and an addition, with the names of their places") {
  const Graph graph = lower(layers_of(R"([{"layer": "conv2d", "channels": 3, "padding": 1},
      {"layer": "residual", "body": [{"layer": "relu"}, {"layer": "conv2d", "channels": 3, "kernel": 1}],
       "shortcut": [{"layer": "gate"}]}, {"layer": "relu"}])"),
                            kImages);
  const std::vector<std::pair<std::string, std::vector<int>>> expected = {
      {"0.conv2d", {-1}},         {"1.body.0.relu", {0}}, {"1.body.1.conv2d", {1}},
      {"1.shortcut.0.gate", {0}}, {"1.residual", {2, 3}}, {"2.relu", {4}}};
  REQUIRE(graph.nodes.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    CHECK(graph.nodes[i].name == expected[i].first);
    CHECK(graph.nodes[i].inputs == expected[i].second);
  }
  CHECK(graph.nodes[4].kind() == "add");
  CHECK(graph.nodes[2].random == "residual_0.body.conv2d_0");

  // As a list it says the same, each layer naming what it reads where that is not the one before.
  Layers flat{list_of_layers(graph)};
  const Json json = *write_config(flat).find("network");
  CHECK(json.items()[1].find("inputs") == nullptr);
  CHECK(dump_line(*json.items()[3].find("inputs")) == R"(["0.conv2d"])");
  CHECK(dump_line(*json.items()[4].find("inputs")) == R"(["2.conv2d","3.gate"])");
  const Graph again = lower(flat.layers, kImages);
  for (size_t i = 0; i < expected.size(); ++i) CHECK(again.nodes[i].inputs == expected[i].second);
}

TEST_CASE("graph: a network gives back what it has become, and that builds it again") {
  Trained run(kBranches, 0.3);
  run.train(300);
  REQUIRE(remove_dead_channels(*run.network, Dead::ForGood) > 0);
  const Graph graph = run.network->graph();
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Network::Node& node = run.network->nodes()[i];
    CHECK(graph.nodes[i].channels == node.channels);
    if (node.kind() == "conv2d")
      CHECK(dynamic_cast<const Conv2dConfig&>(*graph.nodes[i].config).channels == std::ssize(node.channels));
  }
  const Graph copy = graph;
  const Network built(copy, self_compressing(), 1);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    CHECK(built.nodes()[i].channels == run.network->nodes()[i].channels);
    CHECK(built.nodes()[i].original_channels == run.network->nodes()[i].original_channels);
    if (Weight* weight = built.nodes()[i].layer->weight())
      CHECK(weight->shape() == run.network->nodes()[i].layer->weight()->shape());
  }
}

TEST_CASE("concat: channels leave branches that are put together, scores stay, training and files go on") {
  Trained run(kBranches, 0.3);
  run.train(300);
  const Batch batch = images_of(99999, 16);
  const auto width = [&](const char* name) {
    for (const Network::Node& node : run.network->nodes())
      if (node.name == name) return std::ssize(node.channels);
    return ptrdiff_t{0};
  };
  for (int round = 0; round < 2; ++round) {
    const Tensor before = logits_of(*run.network, batch.inputs);
    const int removed = remove_dead_channels(*run.network, Dead::ForGood);
    if (round == 0) CHECK(removed > 0);
    check_same(before, logits_of(*run.network, batch.inputs), 2e-5f);
    CHECK(width("both") == width("wide") + width("narrow") + 3);
    CHECK(std::isfinite(run.train(50)));
  }
  CHECK(width("both") < 14);

  run.method->finish(*run.network);
  const Spec info{"test", {"a", "b", "c", "d"}, {{0, 0, 0}, {1, 1, 1}}};
  const std::vector<uint8_t> bytes = pack_model(info, *run.network);
  PackedModel model = unpack_model(bytes, "test");
  CHECK(numbers(logits_of(*model.network, batch.inputs)) == numbers(logits_of(*run.network, batch.inputs)));
  CHECK(pack_model(model.spec, *model.network) == bytes);

  const std::vector<uint8_t> onnx = export_onnx(info, *model.network, OnnxWeights::Int8).bytes;
  CHECK(contains(std::string(onnx.begin(), onnx.end()), "Concat"));
  const Json described = describe_layers(*model.network);
  CHECK(described.items()[4].find("layer")->string() == "concat");
  CHECK(described.items()[4].find("inputs")->items().size() == 3);
  CHECK(export_web(info, *model.network, {}, 1, model.original_channels).size() > 1);
}

TEST_CASE("concat: a channel pays for the columns of those who read it behind") {
  // conv a (2 channels of 1x1x3) and conv b (3), one behind the other, linear (4 features of 5 inputs).
  Network network(layers_of(R"([
      {"layer": "conv2d", "name": "a", "channels": 2, "kernel": 1, "bias": false},
      {"layer": "conv2d", "name": "b", "channels": 3, "kernel": 1, "bias": false, "inputs": ["images"]},
      {"layer": "concat", "inputs": ["a", "b"]}, {"layer": "global_average_pool"},
      {"layer": "linear", "name": "c", "features": 4}])"),
                  kImages, self_compressing(4), 1);
  parameter(network, "b.weight.bits").value.data<float>()[1] = 0;
  Tape tape;
  tape.backward(size_loss(tape, network, 1));
  CHECK(parameter(network, "a.weight.bits").grad.data<float>()[0] == doctest::Approx(3 + 4));
  CHECK(parameter(network, "b.weight.bits").grad.data<float>()[2] == doctest::Approx(3 + 4));
  CHECK(parameter(network, "c.weight.bits").grad.data<float>()[0] == doctest::Approx(4));  // of 5 inputs
}

TEST_CASE("graph: what does not fit is an error that names the layer") {
  const std::string head = R"([{"layer": "conv2d", "name": "stem", "channels": 3}, )";
  const std::string tail = R"(, {"layer": "linear", "features": 4}])";
  CHECK(contains(refusal(head + R"({"layer": "relu", "inputs": ["sten"]})" + tail),
                 "layer 1.relu reads 'sten', which is no layer before it, did you mean 'stem'?"));
  CHECK(contains(refusal(head + R"({"layer": "relu", "inputs": ["stem", "images"]})" + tail),
                 "layer 1.relu has 2 inputs, but relu takes 1"));
  CHECK(contains(refusal(head + R"({"layer": "concat", "inputs": ["stem"]})" + tail),
                 "layer 1.concat has 1 input, but concat takes 2 or more"));
  CHECK(contains(refusal(head + R"({"layer": "concat", "inputs": ["stem", "images"]})" + tail),
                 "layer 1.concat puts images of (8,8,3) behind stem of (6,6,3)"));
  CHECK(contains(refusal(head + R"({"layer": "add", "inputs": ["stem", "images"]})" + tail),
                 "layer 1.add adds stem of (6,6,3) to images of (8,8,3)"));
  CHECK(contains(refusal(head + R"({"layer": "relu", "inputs": ["images"]})" + tail), "no layer reads stem"));
  CHECK(contains(refusal(R"([{"layer": "residual", "body": [{"layer": "relu", "name": "images"}]})" + tail),
                 "reads the images behind a layer that is called images"));
}
