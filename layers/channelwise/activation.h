// relu, dropout and flatten: layers without weights that keep the shape of an image.
#pragma once

#include "layers/layer.h"

namespace pare {

struct ReluConfig : LayerConfig {
  std::unique_ptr<Layer> build(const Site& site) const override;
};

struct DropoutConfig : LayerConfig {
  double rate = 0.5;

  void describe(Fields& fields) override;
  std::unique_ptr<Layer> build(const Site& site) const override;
};

// Says that an image is a vector from here on. Nothing is computed or moved: see Extent.
struct FlattenConfig : LayerConfig {
  std::unique_ptr<Layer> build(const Site& site) const override;
};

// Whether this is dropout, which evaluation may skip.
bool is_dropout(const Layer& layer);

}  // namespace pare
