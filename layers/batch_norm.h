// batch_norm: each channel to mean 0 and variance 1 over the batch, then times gamma plus beta. Ioffe &
// Szegedy, 2015.
#pragma once

#include "layers/layer.h"

namespace pare {

struct BatchNormConfig : LayerConfig {
  double momentum = 0.1;
  double eps = 1e-5;

  void describe(Fields& fields) override;
  std::unique_ptr<Layer> build(const Site& site) const override;
};

}  // namespace pare
