// The layers Pare knows, by the name they have in configs and model files. A new layer is one row here.
#pragma once

#include "layers/layer.h"

namespace pare {

using LayerList = std::vector<Variant<LayerConfig>>;

const Table<LayerConfig>& layer_table();

// A config of layers alone: {"network": [...]}.
struct Layers {
  LayerList layers;
  void describe(Fields& fields);
};

}  // namespace pare
