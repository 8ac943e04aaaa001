// What brings pixels to mean 0 and deviation 1: measured once on the training images, stored with the model.
#pragma once

#include <span>
#include <vector>

#include "framework/data/dataset.h"

namespace pare {

// Per channel, of pixels divided by 255. Rounded to four decimals, so that a model file can hold the exact
// numbers in two bytes each.
struct Normalisation {
  std::vector<float> mean, deviation;

  int channels() const { return static_cast<int>(mean.size()); }
};

// Over the images at these indices. A deviation is at least 0.0001, also where all pixels are equal.
Normalisation measure(const ImageSet& images, std::span<const int> indices);

}  // namespace pare
