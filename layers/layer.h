// Layer: one node of a network: what it computes, the parameters it owns, and how channels leave it.
#pragma once

#include <optional>

#include "framework/config/fields.h"
#include "layers/weight.h"

namespace pare {

// The extents of one image between two layers. After `flatten` an image is still kept as (H,W,C) in memory, which
// is what lets a channel leave the fully connected layer behind it; `flat` only says that it is meant as a vector.
struct Extent {
  int height = 1, width = 1, channels = 1;
  bool flat = false;

  int64_t count() const { return int64_t{height} * width * channels; }
  Shape shape(int64_t images) const { return {images, height, width, channels}; }
  friend std::ostream& operator<<(std::ostream& out, const Extent& e) {
    return out << '(' << e.height << ',' << e.width << ',' << e.channels << ')';
  }
};

// Per channel of a tensor: its value, where it is the same at every pixel of every image; nothing where it varies.
using Constants = std::vector<std::optional<float>>;

// How the channels of a layer's input and output belong together.
enum class Flow {
  Mixing,       // every output channel reads every input channel: conv2d, linear
  Channelwise,  // output channel i is a function of input channel i alone: relu, pooling
};

// What a layer sees of its input at once, and how that moves over the image.
struct Window {
  int height = 1, width = 1;
  int stride = 1, padding = 0, dilation = 1, groups = 1;
};

class Layer {
 public:
  virtual ~Layer() = default;

  virtual Extent output() const = 0;
  virtual Flow flow() const = 0;
  virtual std::optional<Window> window() const { return {}; }  // of those that slide one
  virtual Var forward(const Var& x, Pass& pass) = 0;
  virtual void visit(const ParameterVisitor&) {}
  virtual Weight* weight() { return nullptr; }
  // Multiply-adds of one image's forward pass through the layer as it is now.
  virtual int64_t multiply_adds() const { return 0; }

  // --- how channels leave --------------------------------------------------------------------------------
  // Which output channels are constant, given which input channels are. Mixing layers ask `silent`, one flag an output
  // channel, for those whose weights are all zero; Channelwise layers do not.
  virtual Constants trace(const Constants& inputs, const std::vector<bool>& silent) const = 0;
  // Mixing: whether an input channel of this constant value can be taken away without changing the outputs.
  virtual bool absorbs(float) const { return false; }
  // Mixing: moves the effect of constant input channels into the bias; they are about to leave.
  virtual void absorb(const Constants&) {}
  virtual Parameter* bias() { return nullptr; }
  virtual void keep_inputs(std::span<const int> indices) = 0;
  virtual void keep_outputs(std::span<const int> indices) = 0;
};

// What a layer is told when it is built.
struct Site {
  std::string name;  // unique in the network, the prefix of its parameters' names: "3.conv2d"
  Extent input;
  const WeightMaker& weights;
  uint64_t seed = 0;
};

// A layer as the config describes it.
class LayerConfig : public Described {
 public:
  // Throws Failure::Usage naming the layer and both shapes when the layer does not fit its input.
  virtual std::unique_ptr<Layer> build(const Site& site) const = 0;
  // Makes this the config of the same layer with so many output channels (Mixing layers only).
  virtual void resize(int) {}
};

}  // namespace pare
