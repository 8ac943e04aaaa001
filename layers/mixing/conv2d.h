// conv2d: y = x * w + b over (N,H,W,C), all channels with all, or in groups, or each channel alone
// (depthwise).
#pragma once

#include "layers/layer.h"

namespace pare {

struct Conv2dConfig : LayerConfig {
  int channels = 0;
  PerAxis kernel = 3;
  PerAxis stride = 1;
  PerAxis padding = 0;
  PerAxis dilation = 1;
  int groups = 1;  // 0: one per input channel
  bool bias = true;
  // Not in files: one group is left of several, and still leaves as a whole.
  bool last_group = false;

  void describe(Fields& fields) override;
  std::unique_ptr<Layer> build(const Site& site) const override;
  void match(Layer& layer) override;
};

}  // namespace pare
