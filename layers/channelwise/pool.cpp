#include "layers/channelwise/pool.h"

#include <algorithm>

#include "framework/autograd/ops.h"
#include "layers/channelwise/channelwise.h"
#include "layers/per_axis_value.h"

namespace pare {
namespace {

class Pool : public ChannelwiseLayer {
 public:
  Pool(const Extent& input, PoolKind kind, const PoolGeometry& geometry)
      : ChannelwiseLayer(input), kind_(kind), geometry_(geometry) {}
  Extent output() const override {
    const PerAxis extents = pooled({input_.height, input_.width}, geometry_);
    return {extents.height, extents.width, input_.channels};
  }
  std::optional<Window> window() const override {
    return Window{geometry_.size, geometry_.stride, geometry_.padding, 1, 1};
  }
  Var apply(const Var& x, Pass& pass) override { return pool(pass.tape, kind_, x, geometry_); }

 private:
  PoolKind kind_;
  PoolGeometry geometry_;
};

// Of an image that is not square.
class ImageMean : public ChannelwiseLayer {
 public:
  using ChannelwiseLayer::ChannelwiseLayer;

  Extent output() const override { return {1, 1, input_.channels}; }
  std::optional<Window> window() const override {
    const PerAxis all{input_.height, input_.width};
    return Window{all, all, 0, 1, 1};
  }
  Var apply(const Var& x, Pass& pass) override { return image_mean(pass.tape, x); }
};

std::unique_ptr<Layer> make_pool(const Site& site, PoolKind kind, const PoolGeometry& geometry) {
  site.require_image();
  const PerAxis extents = pooled({site.input().height, site.input().width}, geometry);
  require(extents.height > 0 && extents.width > 0, Failure::Usage, "network: layer ", site.name,
          " with a window of (", geometry.size.height, ",", geometry.size.width, ") does not fit its input ",
          site.input(), "; use a smaller window or less pooling before it");
  return std::make_unique<Pool>(site.input(), kind, geometry);
}

}  // namespace

void PoolConfig::describe(Fields& fields) {
  describe_node(fields);
  PerAxisValue sizes(size, Range::at_least(1)), strides(stride, Range::at_least(0)),
      paddings(padding, Range::at_least(0));
  fields.field({"size", "height and width of the window: one number, or [height, width]"}, sizes);
  fields.field({"stride", "pixels between two windows; 0: the window's size"}, strides);
  fields.field({"padding", "border that no maximum and no average counts"}, paddings);
}

std::unique_ptr<Layer> PoolConfig::build(const Site& site) const {
  require(padding.height < size.height && padding.width < size.width, Failure::Usage, "network: layer ",
          site.name, ": padding ", padding, " must be smaller than the window's size ", size);
  return make_pool(
      site, kind,
      {size,
       {stride.height == 0 ? size.height : stride.height, stride.width == 0 ? size.width : stride.width},
       padding});
}

std::unique_ptr<Layer> GlobalAveragePoolConfig::build(const Site& site) const {
  site.require_image();
  if (site.input().height != site.input().width) return std::make_unique<ImageMean>(site.input());
  return make_pool(site, PoolKind::Average, {site.input().height, site.input().height, 0});
}

}  // namespace pare
