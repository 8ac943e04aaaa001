#include "layers/mixing/linear.h"

#include "framework/autograd/ops.h"
#include "layers/mixing/mixing.h"

namespace pare {
namespace {

class Linear : public MixingLayer {
 public:
  using MixingLayer::MixingLayer;

  Extent output() const override { return {1, 1, static_cast<int>(weight_->shape()[0]), true}; }
  Var forward_fused(const Var& x, const Var&, Activation activation, Pass& pass) override {
    const Var w = weight_var(x, pass);
    return linear(pass.tape, x, w, bias_var(pass), activation);
  }
  int64_t multiply_adds() const override { return weight_->shape().count(); }
};

}  // namespace

void LinearConfig::describe(Fields& fields) {
  describe_node(fields, Need::Optional);
  fields.integer("features", features, Range::between(1, kMostChannels), "outputs", Need::Required);
  fields.flag("bias", bias, "adds a learnable constant to each output");
}

std::unique_ptr<Layer> LinearConfig::build(const Site& site) const {
  const Shape shape{features, site.input().height, site.input().width, site.input().channels};
  return std::make_unique<Linear>(site, shape, 1, bias ? Bias::Yes : Bias::No);
}

void LinearConfig::match(Layer& layer) {
  features = layer.output().channels;
  bias = layer.bias() != nullptr;
}

}  // namespace pare
