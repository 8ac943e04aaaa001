// residual: the sum of a body and a shortcut that read the same input; an empty shortcut is the input itself.
// He et al., "Deep Residual Learning for Image Recognition", CVPR 2016. A graph holds the layers of both and
// an `add`.
#pragma once

#include "layers/table.h"

namespace pare {

struct ResidualConfig : LayerConfig {
  LayerList body, shortcut;

  void describe(Fields& fields) override;
  int expand(GraphBuilder& builder, const Variant<LayerConfig>& self,
             const std::vector<int>& inputs) const override;
};

}  // namespace pare
