#include "layers/mixing/conv2d.h"

#include <algorithm>

#include "framework/autograd/ops.h"
#include "layers/mixing/mixing.h"
#include "layers/per_axis_value.h"

namespace pare {
namespace {

class Conv2d : public MixingLayer {
 public:
  Conv2d(const Site& site, const Shape& weight_shape, const Conv2dGeometry& geometry, Bias bias)
      : MixingLayer(site, weight_shape, geometry.groups, bias), geometry_(geometry) {}

  Extent output() const override {
    const Shape w = weight_->shape();
    return {convolved(input_.height, static_cast<int>(w[1]), geometry_.along_height()),
            convolved(input_.width, static_cast<int>(w[2]), geometry_.along_width()), static_cast<int>(w[0])};
  }
  std::optional<Window> window() const override {
    const Shape w = weight_->shape();
    return Window{{static_cast<int>(w[1]), static_cast<int>(w[2])},
                  geometry_.stride,
                  geometry_.padding,
                  geometry_.dilation,
                  geometry_.groups};
  }
  Var forward_fused(const Var& x, const Var&, Activation activation, Pass& pass) override {
    const Var w = weight_var(x, pass);
    return conv2d(pass.tape, x, w, bias_var(pass), geometry_, activation);
  }
  int64_t multiply_adds() const override {
    const Extent out = output();
    return int64_t{out.height} * out.width * weight_->shape().count();
  }

 protected:
  bool sees_borders() const override { return geometry_.padding.most() > 0; }

  Conv2dGeometry geometry_;
};

// In groups, each of which keeps to itself and leaves as a whole. Also when one is left: what the config says
// of the layer and which channels are there have to give the same network again.
class GroupedConv2d : public Conv2d {
 public:
  GroupedConv2d(const Site& site, const Shape& weight_shape, const Conv2dGeometry& geometry, Bias bias)
      : Conv2d(site, weight_shape, geometry, bias),
        block_{site.input().channels / geometry.groups, static_cast<int>(weight_shape[0]) / geometry.groups} {
  }

  Coupling coupling() const override { return Coupling::own(block_); }
  // A group that is dead, or reads nothing but zeros, carries its biases.
  Constants trace(std::span<const Constants> inputs, const std::vector<bool>& dead) const override {
    std::vector<bool> constant = dead;
    for (size_t o = 0; o < constant.size(); ++o) {
      const auto read = inputs[0].begin() + static_cast<int>(o) / block_.outputs * block_.inputs;
      constant[o] =
          constant[o] || std::all_of(read, read + block_.inputs, [](const auto& c) { return c == 0.0f; });
    }
    return Conv2d::trace(inputs, constant);
  }
  // The columns of the groups that stay are the same.
  void keep_inputs(int, std::span<const int> indices) override {
    input_.channels = static_cast<int>(indices.size());
    geometry_.groups = input_.channels / block_.inputs;
  }

 private:
  Coupling::Block block_;
};

// As many groups as channels: each keeps to itself, so it can leave from input and output at once.
class DepthwiseConv2d : public Conv2d {
 public:
  using Conv2d::Conv2d;

  Coupling coupling() const override { return Coupling::same(input_.channels); }
  // What is dead, or reads nothing but zeros, carries its bias.
  Constants trace(std::span<const Constants> inputs, const std::vector<bool>& dead) const override {
    std::vector<bool> constant = dead;
    for (size_t c = 0; c < constant.size(); ++c) constant[c] = constant[c] || inputs[0][c] == 0.0f;
    return Conv2d::trace(inputs, constant);
  }
  void keep_inputs(int, std::span<const int> indices) override {
    input_.channels = geometry_.groups = static_cast<int>(indices.size());
  }
};

}  // namespace

void Conv2dConfig::describe(Fields& fields) {
  describe_node(fields, Need::Optional);
  fields.integer("channels", channels, Range::between(1, kMostChannels), "output channels", Need::Required);
  PerAxisValue kernels(kernel, Range::at_least(1)), strides(stride, Range::at_least(1)),
      paddings(padding, Range::at_least(0)), dilations(dilation, Range::at_least(1));
  fields.field({"kernel", "height and width of the kernel: one number, or [height, width]"}, kernels);
  fields.field({"stride", "pixels between two applications of the kernel"}, strides);
  fields.field({"padding", "zeros added on each side"}, paddings);
  fields.field({"dilation", "pixels between two taps of the kernel"}, dilations);
  fields.integer("groups", groups, Range::at_least(0),
                 "parts that the channels are split into, each a convolution of its own; 0: as many as input "
                 "channels (depthwise)");
  fields.flag("bias", bias, "adds a learnable constant to each output channel");
}

std::unique_ptr<Layer> Conv2dConfig::build(const Site& site) const {
  const int inputs = site.input().channels;
  const Conv2dGeometry geometry{stride, padding, dilation, groups == 0 ? inputs : groups};
  site.require_image();
  require(convolved(site.input().height, kernel.height, geometry.along_height()) > 0 &&
              convolved(site.input().width, kernel.width, geometry.along_width()) > 0,
          Failure::Usage, "network: layer ", site.name, " with a kernel of (", kernel.height, ",",
          kernel.width, ") does not fit its input ", site.input(),
          "; use a smaller kernel, more padding or less pooling before it");
  require(inputs % geometry.groups == 0 && channels % geometry.groups == 0, Failure::Usage, "network: layer ",
          site.name, " splits ", inputs, " input channels and ", channels, " channels into ", geometry.groups,
          " groups, which must divide both");
  const Shape weight{channels, kernel.height, kernel.width, inputs / geometry.groups};
  const Bias with_bias = bias ? Bias::Yes : Bias::No;
  if (groups != 1 && geometry.groups == inputs && channels == inputs)
    return std::make_unique<DepthwiseConv2d>(site, weight, geometry, with_bias);
  if (geometry.groups > 1 || last_group)
    return std::make_unique<GroupedConv2d>(site, weight, geometry, with_bias);
  return std::make_unique<Conv2d>(site, weight, geometry, with_bias);
}

void Conv2dConfig::match(Layer& layer) {
  channels = layer.output().channels;
  bias = layer.bias() != nullptr;
  const Coupling coupling = layer.coupling();
  last_group = coupling.block && layer.window()->groups == 1;
  groups = coupling.carries() ? 0 : layer.window()->groups;  // also when one channel is left
}

}  // namespace pare
