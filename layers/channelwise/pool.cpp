#include "layers/channelwise/pool.h"

#include <algorithm>

#include "framework/autograd/ops.h"
#include "layers/channelwise/channelwise.h"

namespace pare {
namespace {

class Pool : public ChannelwiseLayer {
 public:
  Pool(const Extent& input, PoolKind kind, const PoolGeometry& geometry)
      : ChannelwiseLayer(input), kind_(kind), geometry_(geometry) {}
  Extent output() const override {
    return {pooled(input_.height, geometry_), pooled(input_.width, geometry_), input_.channels};
  }
  std::optional<Window> window() const override {
    return Window{geometry_.size, geometry_.size, geometry_.stride, geometry_.padding, 1, 1};
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
    return Window{input_.height, input_.width, std::max(input_.height, input_.width), 0, 1, 1};
  }
  Var apply(const Var& x, Pass& pass) override { return image_mean(pass.tape, x); }
};

std::unique_ptr<Layer> make_pool(const Site& site, PoolKind kind, const PoolGeometry& geometry) {
  site.require_image();
  require(pooled(site.input().height, geometry) > 0 && pooled(site.input().width, geometry) > 0,
          Failure::Usage, "network: layer ", site.name, " with a window of (", geometry.size, ",",
          geometry.size, ") does not fit its input ", site.input(),
          "; use a smaller window or less pooling before it");
  return std::make_unique<Pool>(site.input(), kind, geometry);
}

}  // namespace

void PoolConfig::describe(Fields& fields) {
  describe_node(fields);
  fields.integer("size", size, Range::at_least(1), "height and width of the window");
  fields.integer("stride", stride, Range::at_least(0), "pixels between two windows; 0: the window's size");
  fields.integer("padding", padding, Range::at_least(0), "border that no maximum and no average counts");
}

std::unique_ptr<Layer> PoolConfig::build(const Site& site) const {
  require(padding < size, Failure::Usage, "network: layer ", site.name, ": padding ", padding,
          " must be smaller than the window's size ", size);
  return make_pool(site, kind, {size, stride == 0 ? size : stride, padding});
}

std::unique_ptr<Layer> GlobalAveragePoolConfig::build(const Site& site) const {
  site.require_image();
  if (site.input().height != site.input().width) return std::make_unique<ImageMean>(site.input());
  return make_pool(site, PoolKind::Average, {site.input().height, site.input().height, 0});
}

}  // namespace pare
