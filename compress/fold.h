// Folding: removes dropout and batch norm from a trained network.
#pragma once

#include "layers/network/network.h"

namespace pare {

// Removes every dropout that is the only reader of a layer: in evaluation it does nothing. Then folds every
// batch norm that is the only reader of a convolution or linear layer into that layer's weights and bias. For
// evaluation only: batch norm's statistics are fixed from here on, and those layers' weights are frozen.
void fold(Network& network);

}  // namespace pare
