// Folding: what only training needs leaves a trained network.
#pragma once

#include "layers/network/network.h"

namespace pare {

// Takes out every dropout that alone reads a layer, for evaluation passes through it; then folds every batch
// norm that alone reads a convolution or linear layer into that layer, which takes over its scale and shift.
// For evaluation only: the statistics of the last step stay fixed from here on, and those layers' weights are
// frozen.
void fold(Network& network);

}  // namespace pare
