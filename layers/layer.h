// Layer: one node of a network: what it computes, the parameters it owns, and how channels leave it.
#pragma once

#include <optional>

#include "framework/base/per_axis.h"
#include "framework/config/fields/fields.h"
#include "framework/kernels/elementwise/activation.h"
#include "layers/coupling.h"
#include "layers/weights/frozen_weight.h"

namespace pare {

// The extents of one image between two layers. After `flatten` an image is still kept as (H,W,C) in memory,
// which is what lets a channel leave the fully connected layer behind it; `flat` only says that it is meant
// as a vector.
struct Extent {
  int height = 1, width = 1, channels = 1;
  bool flat = false;

  int64_t count() const { return int64_t{height} * width * channels; }
  Shape shape(int64_t images) const { return {images, height, width, channels}; }
  friend std::ostream& operator<<(std::ostream& out, const Extent& e) {
    return out << '(' << e.height << ',' << e.width << ',' << e.channels << ')';
  }
};

// The most channels of a layer that mixes channels: what a packed model's header can count.
constexpr int kMostChannels = 1 << 20;

// Per channel of a tensor: its value, where it is the same at every pixel of every image; nothing where it
// varies.
using Constants = std::vector<std::optional<float>>;

// A tensor between two layers: the node that gives it, its extents, and which channels of its stream it
// carries. Tensors that are added to each other, as in a residual stream, share one stream; its channels keep
// the numbers they had before any was removed.
struct Signal {
  std::string name;  // "3.conv2d", "images"
  Extent extent;
  std::vector<int> channels;  // ascending
  int stream = 0;             // channels of the stream
};

// The sliding window of a convolution or of pooling.
struct Window {
  PerAxis size = 1, stride = 1, padding = 0, dilation = 1;
  int groups = 1;
};

// y = scale x + shift per channel: (C) each.
struct Affine {
  Tensor scale, shift;
};

class Layer {
 public:
  virtual ~Layer() = default;

  virtual Extent output() const = 0;
  virtual Coupling coupling() const = 0;
  virtual std::optional<Window> window() const { return {}; }  // of those that slide one
  // Called by Network with one Var an input.
  virtual Var forward(std::span<const Var> inputs, Pass& pass) = 0;
  virtual void visit(const ParameterVisitor&) {}
  // Whether any of its parameters is not trainable.
  bool frozen() {
    bool frozen = false;
    visit([&](const Parameter& p) { frozen = frozen || !p.trainable; });
    return frozen;
  }
  virtual Weight* weight() { return nullptr; }
  // For layers with a weight: replaces it by another one of the same shape, or by the constants of a code.
  virtual void set_weight(std::unique_ptr<Weight>) {
  }  // NOLINT(performance-unnecessary-value-param): overrides keep it
  void freeze(WeightCode code) { set_weight(std::make_unique<FrozenWeight>(std::move(code))); }
  // The activation that the layer in front may apply in its own loop (fusion.h).
  virtual Activation activation() const { return Activation::None; }
  // Multiply-adds of one image's forward pass through the layer as it is now.
  virtual int64_t multiply_adds() const { return 0; }

  // --- how channels leave --------------------------------------------------------------------------------
  // Which output channels are constant, given which input channels are. `dead` is for layers with a weight:
  // per output channel, whether all its weights are zero.
  virtual Constants trace(std::span<const Constants> inputs, const std::vector<bool>& dead) const = 0;
  // The learnable constant added to each output channel, if there is one: a bias, or batch norm's beta.
  virtual Parameter* bias() { return nullptr; }
  // The positions, among the channels that input `input` or the output has now, of those that stay.
  virtual void keep_inputs(int input, std::span<const int> indices) = 0;
  virtual void keep_outputs(std::span<const int> indices) = 0;
};

// A StreamSource gives the channel numbers of a layer that has `count` of the `stream` channels of its
// stream; for networks whose channels were removed. Called in the network's order: once for each layer with
// channels of its own (`stream` is 0: it begins one), and once for each that selects some of its input's.
struct StreamChannels {
  int stream = 0;
  std::vector<int> channels;
};
using StreamSource = std::function<StreamChannels(int count, int stream)>;

// The arguments of LayerConfig::build.
struct Site {
  std::string name;  // unique in the network, the prefix of its parameters' names: "3.conv2d"
  std::vector<Signal> inputs;
  const WeightMaker& weights;
  const StreamSource& streams;
  uint64_t seed = 0;
  std::string random;  // names the random numbers of its first weights (Graph::Node::random)

  const Extent& input() const { return inputs[0].extent; }
  // Throws Failure::Usage when the input is meant as a vector.
  void require_image() const;
};

class GraphBuilder;

// How many inputs a layer takes.
struct Arity {
  int least = 1, most = 1;
};
constexpr int kMostInputs = 1 << 10;

// A layer as the config describes it.
class LayerConfig : public Described {
 public:
  // The name the user gave it, and the names of the layers it reads. Empty: it is named by its place and
  // kind, and reads the layer before.
  std::string name;
  std::vector<std::string> reads;
  void describe(Fields& fields) override { describe_node(fields); }
  // Both; a layer with weights is told to write an empty name, too.
  void describe_node(Fields& fields, Need name_need = Need::IfAny);
  // What its node is called, or the last one of a layer that is made of others.
  std::string name_at(const std::string& place, const std::string& kind) const;

  virtual Arity arity() const { return {}; }
  // Throws Failure::Usage naming the layer and both shapes when the layer does not fit its input.
  // Not called of a layer that is made of others.
  virtual std::unique_ptr<Layer> build(const Site& site) const;
  // Adds this layer's nodes to the graph, reading those `inputs`, and returns the one that holds its output.
  // One node, unless a layer is made of others. `self` is this config and its kind.
  virtual int expand(GraphBuilder& builder, const Variant<LayerConfig>& self,
                     const std::vector<int>& inputs) const;
  // Updates this config to `layer`, which was built from it and may have lost channels since.
  virtual void match(Layer&) {}
};

}  // namespace pare
