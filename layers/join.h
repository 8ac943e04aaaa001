// add and concat: layers that put several inputs together.
#pragma once

#include "layers/layer.h"

namespace pare {

// The sum of two inputs of the same extents.
struct AddConfig : LayerConfig {
  Arity arity() const override { return {2, 2}; }
  std::unique_ptr<Layer> build(const Site& site) const override;
};

// The channels of all inputs, one behind the other; (H,W,C1), (H,W,C2), ... -> (H,W,C1+C2+...)
struct ConcatConfig : LayerConfig {
  Arity arity() const override { return {2, kMostInputs}; }
  std::unique_ptr<Layer> build(const Site& site) const override;
};

}  // namespace pare
