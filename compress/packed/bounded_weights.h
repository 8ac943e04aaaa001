// Bounded weights: refuses a network that is too large for the size of its file.
#pragma once

#include <string>

#include "layers/weights/weight.h"

namespace pare {

// A maker that makes what `make` makes, and throws Failure::Data once the weights of all calls together are
// more than a file of so many bytes can justify: 2^22, and 2^10 a byte.
WeightMaker bounded_weights(WeightMaker make, std::string file_name, uint64_t bytes);

}  // namespace pare
