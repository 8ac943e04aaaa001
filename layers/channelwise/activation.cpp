#include "layers/channelwise/activation.h"

#include <algorithm>

#include "framework/autograd/ops.h"
#include "layers/channelwise/channelwise.h"

namespace pare {
namespace {

class Relu : public ChannelwiseLayer {
 public:
  using ChannelwiseLayer::ChannelwiseLayer;
  Var apply(const Var& x, Pass& pass) override { return relu(pass.tape, x); }
  Activation activation() const override { return Activation::Relu; }
  Constants trace(std::span<const Constants> inputs, const std::vector<bool>&) const override {
    Constants outputs = inputs[0];
    for (auto& constant : outputs)
      if (constant) constant = std::max(*constant, 0.0f);
    return outputs;
  }
};

class Dropout : public ChannelwiseLayer {
 public:
  Dropout(const Site& site, double rate)
      : ChannelwiseLayer(site.input()), name_(site.name), rate_(static_cast<float>(rate)) {}
  Var apply(const Var& x, Pass& pass) override {
    if (pass.mode == Mode::Evaluate || rate_ == 0.0f) return x;
    return dropout(pass.tape, x, rate_, pass.seed, name_, pass.step);
  }
  // Only zero survives dropout unchanged in training.
  Constants trace(std::span<const Constants> inputs, const std::vector<bool>&) const override {
    Constants outputs = inputs[0];
    for (auto& constant : outputs)
      if (constant && *constant != 0.0f) constant.reset();
    return outputs;
  }

 private:
  std::string name_;
  float rate_;
};

class Flatten : public ChannelwiseLayer {
 public:
  using ChannelwiseLayer::ChannelwiseLayer;
  Extent output() const override { return {input_.height, input_.width, input_.channels, true}; }
  Var apply(const Var& x, Pass&) override { return x; }
};

}  // namespace

bool is_dropout(const Layer& layer) { return dynamic_cast<const Dropout*>(&layer) != nullptr; }

std::unique_ptr<Layer> ReluConfig::build(const Site& site) const {
  return std::make_unique<Relu>(site.input());
}

void DropoutConfig::describe(Fields& fields) {
  describe_node(fields);
  fields.number("rate", rate, Range::at_least(0).below(1), "share of elements set to zero in training");
}

std::unique_ptr<Layer> DropoutConfig::build(const Site& site) const {
  return std::make_unique<Dropout>(site, rate);
}

std::unique_ptr<Layer> FlattenConfig::build(const Site& site) const {
  return std::make_unique<Flatten>(site.input());
}

}  // namespace pare
