// What brings inputs to mean 0 and deviation 1: measured once on the training examples, stored with the
// model.
#pragma once

#include <span>

#include "framework/data/source.h"

namespace pare {

// Over the examples at these indices. Of bytes, rounded to four decimals, so that a model file can hold the
// exact numbers in two bytes each; of floats, to six significant digits. A deviation is at least 0.0001, also
// where all pixels are equal; of floats that are all equal, 1. Of examples that are decoded (Source::decodes)
// and take more than 256 MiB, some at equal distances are measured that take as much.
Normalisation measure(const Source& source, std::span<const int> indices);

}  // namespace pare
