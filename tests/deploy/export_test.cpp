// Exports, as far as they can be judged without the programs that read them
// (tests/deploy/export_peers_test.cpp asks those).
#include "deploy/export.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "compress/method.h"
#include "compress/packed/packed_model.h"
#include "deploy/description.h"
#include "deploy/onnx_graph.h"
#include "deploy/portable_weight.h"
#include "framework/base/rng.h"
#include "framework/config/config.h"
#include "framework/kernels/quantisation/quantise.h"
#include "layers/weights/dense_weight.h"
#include "layers/weights/frozen_weight.h"
#include "tests/support/network_fixtures.h"

using namespace pare;

namespace {

constexpr const char* kEveryLayer = R"([
  {"layer": "conv2d", "channels": 3, "kernel": 3, "stride": 2, "padding": 1},
  {"layer": "relu"}, {"layer": "max_pool"}, {"layer": "dropout"},
  {"layer": "conv2d", "channels": 4, "kernel": 2, "bias": false},
  {"layer": "average_pool", "size": 2, "stride": 1},
  {"layer": "flatten"}, {"layer": "linear", "features": 5}])";

// Weights of random levels up to `largest`, with steps that differ from channel to channel.
WeightMaker quantised(int largest) {
  return [largest](const WeightSite& site) {
    Rng rng(1, site.name);
    WeightCode code{site.shape, {}, {}, {}};
    for (int64_t i = 0; i < site.shape.count(); ++i)
      code.levels.push_back(static_cast<int>(rng.below(static_cast<uint32_t>(2 * largest + 1))) - largest);
    code.levels[0] = largest;
    for (int64_t o = 0; o < site.shape[0]; ++o) code.exponents.push_back(-4.0f + static_cast<float>(o) / 16);
    return std::make_unique<FrozenWeight>(std::move(code));
  };
}

Network network_of(const std::string& layers, const Extent& images, const WeightMaker& weights) {
  Network network(layers_of(layers), images, weights, 1);
  Rng rng(1, "bias");
  for (const Network::Node& node : network.nodes())
    if (Parameter* bias = node.layer->bias())
      for (float& b : bias->value.floats()) b = rng.normal();
  return network;
}

const Spec kInfo{"toy", {"a", "b<c", "c", "d", "e"}, {{0.25f, 0.5f}, {0.5f, 2.0f}}};

std::string as_text(const std::vector<uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

size_t occurrences(const std::string& text, const std::string& word) {
  size_t count = 0;
  for (size_t at = 0; (at = text.find(word, at)) != std::string::npos; at += word.size()) ++count;
  return count;
}

const std::string& content_of(const std::vector<WebFile>& files, std::string_view name) {
  for (const WebFile& file : files)
    if (file.name == name) return file.content;
  FAIL("no file " << name);
  return files[0].content;
}

}  // namespace

TEST_CASE("export: the protobuf wire format is that of its specification") {
  ProtobufWriter inner, outer;
  inner.integer(1, 150);
  CHECK(inner.written() == std::vector<uint8_t>{0x08, 0x96, 0x01});
  outer.message(3, inner);
  outer.text(2, "testing");
  CHECK(outer.written() ==
        std::vector<uint8_t>{0x1a, 3, 0x08, 0x96, 0x01, 0x12, 7, 't', 'e', 's', 't', 'i', 'n', 'g'});
  ProtobufWriter wide;
  wide.integer(20, -1);  // a tag of two bytes, a value of ten
  CHECK(wide.written() == std::vector<uint8_t>{0xa0, 0x01, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1});
}

TEST_CASE("export: weights change their order of axes, and become int8 exactly when their levels fit") {
  WeightCode code{{1, 1, 2, 3}, {1, 2, 3, 4, 5, -128}, {0.0625f}, {}};  // taps (1 2 3), (4 5 -128)
  const float step = step_size(0.0625f);
  PortableWeight weight = portable_weight(code, AxisOrder::ChannelsFirst);
  CHECK(weight.shape == Shape{1, 3, 1, 2});
  CHECK(weight.levels == std::vector<int8_t>{1, 4, 2, 5, 3, -128});
  CHECK(weight.steps == std::vector<float>{step});
  CHECK(weight.values == std::vector<float>{step, 4 * step, 2 * step, 5 * step, 3 * step, -128 * step});
  CHECK(portable_weight(code, AxisOrder::ChannelsLast).levels == std::vector<int8_t>{1, 2, 3, 4, 5, -128});

  code.levels[0] = 128;
  weight = portable_weight(code, AxisOrder::ChannelsFirst);
  CHECK(weight.wide);
  CHECK(weight.levels.empty());
  CHECK(weight.values[0] == 128 * step);
}

TEST_CASE("export: a linear layer behind an image reads it channels first") {
  Network network =
      network_of(R"([{"layer": "flatten"}, {"layer": "linear", "features": 5}])", {2, 3, 2}, quantised(7));
  Tensor image({1, 2, 3, 2});
  Rng rng(2, "image");
  for (float& pixel : image.floats()) pixel = rng.normal();
  const Tensor expected = Executor(network, DType::F32).run(image);

  const SafetensorsFile file = export_safetensors(kInfo, network);
  const Tensor* weight = file.find("1.linear.weight");
  const Tensor* bias = file.find("1.linear.bias");
  REQUIRE(weight != nullptr);
  REQUIRE(bias != nullptr);
  REQUIRE(weight->shape() == Shape{5, 12});
  for (int o = 0; o < 5; ++o) {
    double score = bias->floats()[o];
    for (int c = 0; c < 2; ++c)
      for (int at = 0; at < 6; ++at)  // pixels row by row
        score += static_cast<double>(weight->floats()[o * 12 + c * 6 + at]) * image.floats()[at * 2 + c];
    CHECK(expected.floats()[o] == doctest::Approx(score).epsilon(1e-5));
  }
  CHECK(file.metadata.at("mean") == "[0.25,0.5]");
  CHECK(parse_json(file.metadata.at("layers"), "layers").items().size() == 2);
}

TEST_CASE("export: onnx holds each layer, and int8 weights where eight bits hold them") {
  const Network narrow = network_of(kEveryLayer, {12, 12, 2}, quantised(127));
  const Exported onnx = export_onnx(kInfo, narrow, OnnxWeights::Int8);
  const std::string file = as_text(onnx.bytes);
  CHECK(onnx.notes.empty());
  CHECK(occurrences(file, "DequantizeLinear") == 3);
  for (const char* operation : {"Conv", "Relu", "MaxPool", "AveragePool", "Gemm", "Sub", "Div"})
    CHECK_MESSAGE(occurrences(file, std::string("\x22") + static_cast<char>(std::string(operation).size()) +
                                        operation) > 0,
                  operation);
  CHECK(occurrences(file, "4.conv2d.bias") == 0);  // it has none
  CHECK(file.find(R"(["a","b<c","c","d","e"])") != std::string::npos);

  const Network wide = network_of(kEveryLayer, {12, 12, 2}, quantised(128));
  const Exported floats = export_onnx(kInfo, wide, OnnxWeights::Int8);
  CHECK(occurrences(as_text(floats.bytes), "DequantizeLinear") == 0);
  REQUIRE(floats.notes.size() == 3);
  CHECK(floats.notes[0] ==
        "0.conv2d.weight: some channels need more than 8 bits, so it is written as floats");
  CHECK(export_onnx(kInfo, wide, OnnxWeights::Float).bytes == floats.bytes);

  const Network dense = network_of(kEveryLayer, {12, 12, 2}, dense_weights(Initialiser::HeNormal));
  CHECK(export_onnx(kInfo, dense, OnnxWeights::Int8).notes.empty());  // nobody expected integers
}

TEST_CASE("export: layers may have the names of the model's own parts") {
  const Network network = network_of(R"([
      {"layer": "conv2d", "name": "images", "channels": 3}, {"layer": "conv2d", "name": "mean", "channels": 3},
      {"layer": "conv2d", "name": "normalised", "channels": 3},
      {"layer": "flatten"}, {"layer": "linear", "name": "scores", "features": 5}])",
                                     {12, 12, 2}, quantised(127));
  const std::string file = as_text(export_onnx(kInfo, network, OnnxWeights::Int8).bytes);
  // Field 2 of a node is its output, field 3 its name: tag, length, text.
  const auto nodes = [&](const std::string& name) {
    const std::string field = static_cast<char>(name.size()) + name;
    return occurrences(file, "\x12" + field + "\x1a" + field);
  };
  for (const char* name : {"images_", "mean_", "normalised", "normalised_", "scores_", "scores"})
    CHECK_MESSAGE(nodes(name) == 1, name);
  CHECK(nodes("images") == 0);
}

TEST_CASE("export: a sum of different channels says which of them each input carries") {
  const std::vector<std::vector<int>> written = {{0, 1, 3, 5}, {1, 2, 5}, {0, 1, 2, 3, 4}};
  size_t next = 0;
  const StreamSource streams = [&](int, int) { return StreamChannels{6, written[next++]}; };
  const LayerList layers = layers_of(R"([
      {"layer": "conv2d", "channels": 4, "padding": 1},
      {"layer": "residual", "body": [{"layer": "conv2d", "channels": 3, "padding": 1}]},
      {"layer": "batch_norm", "eps": 0.25}, {"layer": "flatten"}, {"layer": "linear", "features": 5}])");
  Network network(layers, {4, 4, 2}, quantised(7), 1, streams);

  const Json described = describe_layers(network);
  CHECK(dump_line(*described.items()[2].find("inputs")) == "[1,0]");
  CHECK(dump_line(*described.items()[2].find("carried")) == "[[-1,0,1,-1,2],[0,1,-1,2,3]]");
  CHECK(described.items()[3].find("epsilon")->number() == 0.25);

  const std::string onnx = as_text(export_onnx(kInfo, network, OnnxWeights::Int8).bytes);
  CHECK(occurrences(onnx, "\x22\x03Pad") == 2);
  CHECK(occurrences(onnx, "\x22\x05Slice") == 4 + 3);  // runs of -1, 0 1, -1, 2 and of 0 1, -1, 2 3
  CHECK(occurrences(onnx,
                    "\x22\x06"
                    "Concat") == 2);

  const SafetensorsFile torch = export_safetensors(kInfo, network);
  for (const char* name : {"weight", "bias", "running_mean", "running_var"}) {
    const Tensor* tensor = torch.find(std::string("2.batch_norm.") + name);
    REQUIRE_MESSAGE(tensor != nullptr, name);
    CHECK(tensor->shape() == Shape{5});
  }
  const std::string script = content_of(export_web(kInfo, network, nullptr, 0, {6, 6, 5}), "model.js");
  CHECK(script.find(R"("carried":[[-1,0,1,-1,2],[0,1,-1,2,3]])") != std::string::npos);
  CHECK(script.find(R"("affine":{"scale":")") != std::string::npos);
}

TEST_CASE("export: safetensors holds what PyTorch computes with, masks not among it") {
  Network network(layers_of(R"([{"layer": "conv2d", "channels": 3}, {"layer": "batch_norm"},
                                {"layer": "linear", "features": 5}])"),
                  {4, 4, 2}, choose(method_table(), "masked")->make()->weights(Initialiser::HeNormal), 1);
  const SafetensorsFile file = export_safetensors(kInfo, network);
  std::vector<std::string> names;
  for (const NamedTensor& tensor : file.tensors) names.push_back(tensor.name);
  CHECK(names == std::vector<std::string>{"0.conv2d.weight", "0.conv2d.bias", "1.batch_norm.weight",
                                          "1.batch_norm.bias", "1.batch_norm.running_mean",
                                          "1.batch_norm.running_var", "2.linear.weight", "2.linear.bias"});
}

TEST_CASE("export: a layer without a translation is named") {
  const Network network = network_of(kEveryLayer, {12, 12, 2}, quantised(3));
  const_cast<Network::Node&>(network.nodes()[1]).config.kind = "fold";
  CHECK_THROWS_WITH_AS(export_onnx(kInfo, network, OnnxWeights::Int8),
                       "export: ONNX has no translation of layer 1.relu yet; add a row to deploy/onnx.cpp",
                       Error);
  CHECK_THROWS_AS(export_web(kInfo, network, nullptr, 0, {3, 4, 5}), Error);
}

TEST_CASE(
    "export: a web page has the scripts that its model's kind of inputs needs, and what they need to know") {
  const Network network = network_of(R"([{"layer": "linear", "features": 2}])", {1, 1, 3}, quantised(3));
  Spec spec{"a table", {}, {{1, 2, 0.12345678f}, {1, 1, 1}}, {1, 1, 3, Element::F32}, {"price", "year"}};
  spec.gives = Outputs::Labels;
  const auto written = [&](const std::string& kind) {
    spec.preprocessing = kind.empty() ? Variant<Preprocessing>{} : choose(preprocessing_table(), kind);
    return export_web(spec, network, nullptr, 0, {2});
  };
  const auto names = [&](const std::string& kind) {
    std::set<std::string> all;
    for (const WebFile& file : written(kind)) all.insert(file.name);
    return all;
  };
  for (const Choice<Preprocessing>& row : preprocessing_table().rows)
    CHECK_MESSAGE(names(row.name).contains(text("from_", row.name, ".js")), row.name);
  CHECK(names("").contains("from_arrays.js"));
  CHECK_FALSE(names("table").contains("png.js"));
  for (const std::string& name : names("sounds"))
    if (name.ends_with(".js"))
      CHECK_MESSAGE(occurrences(content_of(written("sounds"), "index.html"), '"' + name + '"') == 1, name);

  const std::vector<WebFile> table = written("table");
  const std::string& script = content_of(table, "model.js");
  CHECK(script.find(R"("preprocessing":{"kind":"table")") != std::string::npos);
  CHECK(script.find(R"("values":["price","year"])") != std::string::npos);
  CHECK(script.find(R"("gives":"labels")") != std::string::npos);
  CHECK(script.find("0.12345678") != std::string::npos);  // floats need all digits

  std::string metadata;
  for (const auto& [name, value] : export_safetensors(spec, network).metadata)
    metadata += text(name, ": ", value, "\n");
  CHECK(metadata.find("mean: [1.0,2.0,0.12345678]") != std::string::npos);
  CHECK(metadata.find("input: (floats - mean) / deviation") != std::string::npos);
  CHECK(metadata.find(R"(values: ["price","year"])") != std::string::npos);
  CHECK(metadata.find("outputs: logarithms of the odds of labels") != std::string::npos);
}

TEST_CASE("export: the web page is complete, asks for no network and knows the same layers") {
  const Network network = network_of(kEveryLayer, {12, 12, 2}, quantised(3));
  ImageSet samples{12, 12, 2, {}, {1, 0, 1, 1}};
  samples.pixels.assign(4 * samples.input().bytes(), 255);
  const std::vector<WebFile> files = export_web(kInfo, network, &samples, 1234, {6, 4, 5});
  for (const WebFile& file : files) CHECK_MESSAGE(file.content.find("//www") == std::string::npos, file.name);
  for (const char* word : {"http:", "https:", "fetch(", "import "})
    for (const WebFile& file : files)
      CHECK_MESSAGE(file.content.find(word) == std::string::npos, file.name << ": " << word);
  const std::string& page = content_of(files, "index.html");
  for (const char* name : {"style.css", "model.js", "network.js", "page.js"}) {
    content_of(files, name);
    CHECK_MESSAGE(occurrences(page, name) == 1, name);
  }
  const std::string& code = content_of(files, "network.js");
  const std::string table = code.substr(code.find("const LAYERS = {"));
  for (const Choice<LayerConfig>& layer : layer_table().rows)
    if (std::string(layer.name) != "residual")  // which is made of others
      CHECK_MESSAGE(table.find(std::string("\n  ") + layer.name) != std::string::npos, layer.name);

  const std::string& script = content_of(files, "model.js");
  CHECK(script.find('<') == std::string::npos);
  const size_t begin = script.find('{');
  const Json model = parse_json(script.substr(begin, script.rfind(';') - begin), "model.js");
  CHECK(model.find("bytes")->integer() == 1234);
  CHECK(model.find("classes")->items()[1].string() == "b<c");
  CHECK(model.find("layers")->items()[0].find("was")->integer() == 6);
  REQUIRE(model.find("samples")->items().size() == 3);  // at most two a class, class by class
  CHECK(model.find("samples")->items()[0].find("label")->integer() == 0);
  CHECK(model.find("samples")->items()[0].find("pixels")->string() == [] {
    std::string text;
    for (int i = 0; i < 12 * 12 * 2 / 3; ++i) text += "////";
    return text;
  }());
  // The bias of 7.linear: five floats are 20 bytes, 28 digits with one "=".
  const std::string& bias = model.find("layers")->items()[7].find("weights")->find("bias")->string();
  CHECK(bias.size() == 28);
  CHECK(bias.ends_with("="));
  CHECK(!bias.ends_with("=="));
}
