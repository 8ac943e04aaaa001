// Folding: what only training needs leaves a trained network.
#pragma once

#include "layers/network/network.h"

namespace pare {

// Folds every batch norm that alone reads a convolution or linear layer into that layer, which takes over its
// scale and shift, and takes it out of the network. For evaluation only: the statistics of the last step stay
// fixed from here on, and the layer's weight is frozen.
void fold_batch_norm(Network& network);

// Takes out every dropout that alone reads a layer; evaluation passes through it.
void drop_dropout(Network& network);

}  // namespace pare
