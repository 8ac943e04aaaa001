// Network -> ONNX: one function a kind of layer, in the table at the end.
//
// Activations are (N,C,H,W) there. Fully connected layers are written as Gemm(transB=1) with weights (O,I)
// and a step per row: with (I,O) ONNX Runtime fuses the DequantizeLinear into a product with 8-bit
// activations, and is off by 0.3 %.
#include <algorithm>

#include "deploy/description.h"
#include "deploy/export.h"
#include "deploy/onnx_graph.h"
#include "deploy/portable_weight.h"
#include "framework/data/preprocessing/described.h"
#include "framework/json/json.h"
#include "framework/kernels/quantisation/quantise.h"
#include "layers/channelwise/batch_norm.h"
#include "layers/channelwise/quantise.h"

namespace pare {
namespace {

// What a node computes, by its name in the graph. Ours has no flattening (see Extent), ONNX needs it before a
// Gemm.
struct Value {
  std::string name;
  enum class Form { Image, Vector } form = Form::Image;  // (N,C,H,W) or (N,C)
};

class Translation {
 public:
  Translation(const Network& network, OnnxWeights weights) : network_(network), weights_(weights) {}

  OnnxGraph graph{{"images", "scores"}};
  std::vector<std::string> notes;

  const Value& input_of(const Network::Node& node, size_t which = 0) const {
    return node.inputs[which] == Network::kImages ? images_ : values_[node.inputs[which]];
  }
  void images_are(Value value) { images_ = std::move(value); }
  void add(Value value) { values_.push_back(std::move(value)); }
  const Value& last() const { return values_.back(); }
  int64_t channels_of(const Network::Node& node, size_t which) const {
    return network_.channels_read(node, which);
  }

  // (N,C,H,W) -> (N,C*H*W)
  std::string flattened(const Value& value, const std::string& name) {
    if (value.form == Value::Form::Vector) return value.name;
    return graph.node("Flatten", name, {value.name}, {onnx_integer("axis", 1)});
  }

  enum class Rank { Image, Matrix };

  // The node's weights as (O,I,KH,KW) or (O,I*KH*KW), and its bias if it has one: inputs for its ONNX node.
  std::vector<std::string> parameters(const Network::Node& node, Rank rank) {
    const PortableWeight weight = portable_weight(node.layer->weight()->code(), AxisOrder::ChannelsFirst);
    const Shape& s = weight.shape;
    const std::vector<int64_t> extents = rank == Rank::Image ? std::vector<int64_t>{s[0], s[1], s[2], s[3]}
                                                             : std::vector<int64_t>{s[0], s.row()};
    const std::string name = node.name + ".weight";
    std::vector<std::string> inputs;
    if (weights_ == OnnxWeights::Int8 && !weight.levels.empty()) {
      const std::string levels =
          graph.constant(name + ".levels", extents, std::span<const int8_t>(weight.levels));
      const std::string steps = graph.constant(name + ".steps", {s[0]}, std::span<const float>(weight.steps));
      inputs.push_back(graph.node("DequantizeLinear", name, {levels, steps}, {onnx_integer("axis", 0)}));
    } else {
      if (weights_ == OnnxWeights::Int8 && weight.wide)
        notes.push_back(text(name, ": some channels need more than 8 bits, so it is written as floats"));
      inputs.push_back(graph.constant(name, extents, weight.values));
    }
    if (Parameter* bias = node.layer->bias())
      inputs.push_back(graph.constant(node.name + ".bias", {s[0]}, bias->value.floats()));
    return inputs;
  }

 private:
  const Network& network_;
  OnnxWeights weights_;
  Value images_;
  std::vector<Value> values_;  // of the network's nodes, in their order
};

std::vector<OnnxAttribute> attributes_of(const Window& w) {
  return {{"kernel_shape", {w.size.height, w.size.width}},
          {"strides", {w.stride.height, w.stride.width}},
          {"pads", {w.padding.height, w.padding.width, w.padding.height, w.padding.width}}};
}

Value conv2d(Translation& to, const Network::Node& node) {
  const Window window = *node.layer->window();
  std::vector<std::string> inputs = to.parameters(node, Translation::Rank::Image);
  inputs.insert(inputs.begin(), to.input_of(node).name);
  std::vector<OnnxAttribute> attributes = attributes_of(window);
  attributes.push_back({"dilations", {window.dilation.height, window.dilation.width}});
  attributes.push_back(onnx_integer("group", window.groups));
  return {to.graph.node("Conv", node.name, inputs, attributes)};
}

Value linear(Translation& to, const Network::Node& node) {
  const std::string vector = to.flattened(to.input_of(node), node.name + ".flatten");
  std::vector<std::string> inputs = to.parameters(node, Translation::Rank::Matrix);
  inputs.insert(inputs.begin(), vector);
  return {to.graph.node("Gemm", node.name, inputs, {onnx_integer("transB", 1)}), Value::Form::Vector};
}

Value relu(Translation& to, const Network::Node& node) {
  const Value& x = to.input_of(node);
  return {to.graph.node("Relu", node.name, {x.name}), x.form};
}

Value max_pool(Translation& to, const Network::Node& node) {
  return {
      to.graph.node("MaxPool", node.name, {to.input_of(node).name}, attributes_of(*node.layer->window()))};
}

// ONNX, like ours, leaves the padding out of the count unless told otherwise.
Value average_pool(Translation& to, const Network::Node& node) {
  return {to.graph.node("AveragePool", node.name, {to.input_of(node).name},
                        attributes_of(*node.layer->window()))};
}

Value global_average_pool(Translation& to, const Network::Node& node) {
  return {to.graph.node("GlobalAveragePool", node.name, {to.input_of(node).name})};
}

// x scale + shift: every reader takes a Mul and an Add.
Value batch_norm(Translation& to, const Network::Node& node) {
  const Value& x = to.input_of(node);
  const auto [scale, shift] = as_batch_norm(*node.layer)->affine();
  std::vector<int64_t> extents{1, scale.size()};
  if (x.form == Value::Form::Image) extents.insert(extents.end(), {1, 1});
  const std::string factor = to.graph.constant(node.name + ".scale", extents, scale.floats());
  const std::string addend = to.graph.constant(node.name + ".shift", extents, shift.floats());
  const std::string scaled = to.graph.node("Mul", node.name + ".scaled", {x.name, factor});
  return {to.graph.node("Add", node.name, {scaled, addend}), x.form};
}

// The channels `from` of a tensor, with zeros for -1: zeros appended, then the runs of its own channels and
// of zeros in order. (One Gather would do, but OpenCV's takes a single index.)
std::string chosen_channels(Translation& to, const Value& x, int64_t channels, const std::vector<int>& from,
                            const std::string& name) {
  struct Run {
    int64_t first, length;
    bool missing;
  };
  std::vector<Run> runs;
  int64_t longest = 0;
  for (const int channel : from) {
    const bool missing = channel < 0;
    const bool goes_on = !runs.empty() && runs.back().missing == missing &&
                         (missing || channel == runs.back().first + runs.back().length);
    if (!goes_on) runs.push_back({missing ? 0 : channel, 0, missing});
    ++runs.back().length;
    if (missing) longest = std::max(longest, runs.back().length);
  }
  std::string padded = x.name;
  if (longest > 0) {
    std::vector<int64_t> pads{0, 0, 0, longest};  // (N,C): in front of both axes, then behind
    if (x.form == Value::Form::Image) pads = {0, 0, 0, 0, 0, longest, 0, 0};
    padded = to.graph.node("Pad", name + ".padded", {x.name, to.graph.constant(name + ".pads", pads)});
  }
  const std::string axis = to.graph.constant(name + ".axis", {1});
  std::vector<std::string> pieces;
  for (const Run& run : runs) {
    const std::string piece = text(name, ".", pieces.size());
    const int64_t first = run.missing ? channels : run.first;
    const std::string begin = to.graph.constant(piece + ".begin", {first});
    const std::string end = to.graph.constant(piece + ".end", {first + run.length});
    pieces.push_back(to.graph.node("Slice", piece, {padded, begin, end, axis}));
  }
  return to.graph.node("Concat", name, pieces, {onnx_integer("axis", 1)});
}

Value sum(Translation& to, const Network::Node& node) {
  const bool vector =
      to.input_of(node, 0).form == Value::Form::Vector || to.input_of(node, 1).form == Value::Form::Vector;
  std::vector<std::string> addends;
  for (size_t k = 0; k < node.inputs.size(); ++k) {
    const std::string name = text(node.name, ".", k);
    Value x = to.input_of(node, k);
    if (vector) x = {to.flattened(x, name + ".flatten"), Value::Form::Vector};
    const std::vector<int>& from = node.coupling.inputs[k].from;
    const bool complete = std::find(from.begin(), from.end(), -1) == from.end();
    addends.push_back(complete ? x.name : chosen_channels(to, x, to.channels_of(node, k), from, name));
  }
  return {to.graph.node("Add", node.name, addends), vector ? Value::Form::Vector : Value::Form::Image};
}

Value concat(Translation& to, const Network::Node& node) {
  bool vector = false;
  for (size_t k = 0; k < node.inputs.size(); ++k)
    vector = vector || to.input_of(node, k).form == Value::Form::Vector;
  std::vector<std::string> pieces;
  for (size_t k = 0; k < node.inputs.size(); ++k) {
    const Value& x = to.input_of(node, k);
    pieces.push_back(vector ? to.flattened(x, text(node.name, ".", k, ".flatten")) : x.name);
  }
  return {to.graph.node("Concat", node.name, pieces, {onnx_integer("axis", 1)}),
          vector ? Value::Form::Vector : Value::Form::Image};
}

Value gate(Translation& to, const Network::Node& node) {
  Value x = to.input_of(node);
  const std::vector<int>& from = node.coupling.inputs[0].from;
  if (to.channels_of(node, 0) > static_cast<int64_t>(from.size()))
    x.name = chosen_channels(to, x, to.channels_of(node, 0), from, node.name + ".chosen");
  std::vector<int64_t> extents{1, static_cast<int64_t>(from.size())};
  if (x.form == Value::Form::Image) extents.insert(extents.end(), {1, 1});
  const Tensor factors = materialise(node.layer->weight()->code());
  const std::string factor = to.graph.constant(node.name + ".factors", extents, factors.floats());
  return {to.graph.node("Mul", node.name, {x.name, factor}), x.form};
}

// Integers of 8 bits where the levels fit them, so that a reader may compute with integers; else floats that
// are rounded.
Value quantise(Translation& to, const Network::Node& node) {
  const Value& x = to.input_of(node);
  const QuantiseLayer& layer = *as_quantise(*node.layer);
  if (!layer.is_set()) return x;
  const auto [low, high] = layer.range();
  const float step = step_size(layer.exponent());
  const auto number = [&](const char* what, float value) {
    return to.graph.constant(text(node.name, ".", what), {}, std::span<const float>(&value, 1));
  };
  const std::string size = number("step", step);
  const auto clipped = [&](const std::string& from, float unit) {
    return to.graph.node("Clip", node.name + ".clipped",
                         {from, number("low", low * unit), number("high", high * unit)});
  };
  if (layer.bits() > 8) {
    const std::string scaled = to.graph.node("Div", node.name + ".scaled", {x.name, size});
    const std::string rounded = to.graph.node("Round", node.name + ".rounded", {clipped(scaled, 1)});
    return {to.graph.node("Mul", node.name, {rounded, size}), x.form};
  }
  const std::string zero = node.name + ".zero";
  const uint8_t nothing = 0;
  const int8_t signed_nothing = 0;
  const std::string origin = layer.has_signs()
                                 ? to.graph.constant(zero, {}, std::span<const int8_t>(&signed_nothing, 1))
                                 : to.graph.constant(zero, {}, std::span<const uint8_t>(&nothing, 1));
  const std::string from = layer.bits() < 8 ? clipped(x.name, step) : x.name;
  const std::string levels = to.graph.node("QuantizeLinear", node.name + ".levels", {from, size, origin});
  return {to.graph.node("DequantizeLinear", node.name, {levels, size, origin}), x.form};
}

// Layers that compute nothing when a network is used.
Value nothing(Translation& to, const Network::Node& node) { return to.input_of(node); }

struct Row {
  const char* kind;
  Value (*translate)(Translation& to, const Network::Node& node);
};

constexpr Row kLayers[] = {
    {"conv2d", conv2d},
    {"linear", linear},
    {"batch_norm", batch_norm},
    {"relu", relu},
    {"max_pool", max_pool},
    {"average_pool", average_pool},
    {"global_average_pool", global_average_pool},
    {"add", sum},
    {"concat", concat},
    {"gate", gate},
    {"quantise", quantise},
    {"flatten", nothing},
    {"dropout", nothing},
};

void translate(Translation& to, const Network::Node& node) {
  const auto row = std::find_if(std::begin(kLayers), std::end(kLayers),
                                [&](const Row& r) { return node.kind() == r.kind; });
  require(row != std::end(kLayers), Failure::Usage, "export: ONNX has no translation of layer ", node.name,
          " yet; add a row to deploy/onnx.cpp");
  to.add(row->translate(to, node));
}

// (x - mean) / deviation, per channel
Value normalise(Translation& to, const Normalisation& normalisation) {
  const std::vector<int64_t> extents{1, normalisation.channels(), 1, 1};
  const std::string mean = to.graph.constant("mean", extents, normalisation.mean);
  const std::string deviation = to.graph.constant("deviation", extents, normalisation.deviation);
  const std::string centred = to.graph.node("Sub", "centred", {"images", mean});
  return {to.graph.node("Div", "normalised", {centred, deviation})};
}

std::string input_of(const Spec& spec) {
  return spec.input.element == Element::U8 ? "pixels / 255" : "floats, as they are";
}

std::map<std::string, std::string> metadata_of(const Spec& spec) {
  std::map<std::string, std::string> metadata{{"data", spec.data},
                                              {"classes", dump_line(json_list(spec.classes))},
                                              {"values", dump_line(json_list(spec.values))},
                                              {"outputs", meaning_of_outputs(spec)},
                                              {"input", input_of(spec) + ", (N,C,H,W)"}};
  if (spec.preprocessing) metadata["preprocessing"] = described(spec.preprocessing);
  return metadata;
}

}  // namespace

Exported export_onnx(const Spec& spec, const Network& network, OnnxWeights weights) {
  Translation to(network, weights);
  to.images_are(normalise(to, spec.normalisation));
  for (const Network::Node& node : network.nodes()) translate(to, node);
  // The output has a name of its own whatever the last layer is.
  to.graph.output("Flatten", "scores", {to.last().name}, {onnx_integer("axis", 1)});

  const Extent& images = network.images();
  const OnnxPort input{"images", {images.channels, images.height, images.width}, input_of(spec)};
  const OnnxPort output{"scores", {network.output().channels}, "one score a class, before softmax"};
  return {to.graph.file(input, output, "A network trained and pared down with Pare on " + spec.data + ".",
                        metadata_of(spec)),
          std::move(to.notes)};
}

}  // namespace pare
