// ChannelwiseLayer: the base of layers without weights that treat each channel alone.
#pragma once

#include "layers/layer.h"

namespace pare {

class ChannelwiseLayer : public Layer {
 public:
  explicit ChannelwiseLayer(const Extent& input) : input_(input) {}

  Coupling coupling() const override { return Coupling::same(input_.channels); }
  Extent output() const override { return input_; }
  Constants trace(std::span<const Constants> inputs, const std::vector<bool>&) const override {
    return inputs[0];
  }
  Var forward(std::span<const Var> inputs, Pass& pass) final { return apply(inputs[0], pass); }
  void keep_inputs(int, std::span<const int> indices) override {
    input_.channels = static_cast<int>(indices.size());
  }
  void keep_outputs(std::span<const int>) override {}  // the same channels as the inputs'

 protected:
  virtual Var apply(const Var& x, Pass& pass) = 0;

  Extent input_;
};

}  // namespace pare
