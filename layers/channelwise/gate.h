// gate: each channel of the input times a learnable number that starts at 1. With a self-compressing weight
// the number's bit depth can reach zero; the channel is then closed and leaves everything behind the gate,
// while the input keeps it for its other readers. In front of a layer it chooses which channels of a residual
// stream that layer reads; on a shortcut, which channels skip the body.
#pragma once

#include "layers/layer.h"

namespace pare {

struct GateConfig : LayerConfig {
  int channels = 0;  // 0: all of the input's

  void describe(Fields& fields) override;
  std::unique_ptr<Layer> build(const Site& site) const override;
  void match(Layer& layer) override;
};

}  // namespace pare
