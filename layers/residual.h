// residual: the sum of a body and a shortcut that read the same input; an empty shortcut is the input itself.
// He et al., "Deep Residual Learning for Image Recognition", CVPR 2016.
#pragma once

#include "layers/table.h"

namespace pare {

struct ResidualConfig : LayerConfig {
  LayerList body, shortcut;

  void describe(Fields& fields) override;
  std::unique_ptr<Layer> build(const Site& site) const override;  // the addition
  std::vector<Inner> inner() override { return {{"body", &body}, {"shortcut", &shortcut}}; }
  int expand(NetworkBuilder& builder, const std::string& kind, int input) const override;
};

}  // namespace pare
