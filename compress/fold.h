// Folding: batch norm leaves a trained network; the layer in front of it takes over its scale and shift.
#pragma once

#include "layers/network.h"

namespace pare {

// Folds every batch norm that alone reads a layer with weights, and takes it out of the network. For
// evaluation only: the statistics of the last step stay fixed from here on.
void fold_batch_norm(Network& network);

}  // namespace pare
