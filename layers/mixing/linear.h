// linear: y = w x + b over everything an image holds. Its weight keeps the (O,H,W,C) form of what it reads.
#pragma once

#include "layers/layer.h"

namespace pare {

struct LinearConfig : LayerConfig {
  int features = 0;
  bool bias = true;

  void describe(Fields& fields) override;
  std::unique_ptr<Layer> build(const Site& site) const override;
  void match(Layer& layer) override;
};

}  // namespace pare
