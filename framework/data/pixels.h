// Pixels as numbers a network reads.
#pragma once

#include <cstdint>

#include "framework/tensor/bfloat16.h"

namespace pare {

// to = from * scale + shift, rounded to float after each step.
struct PixelScale {
  float scale = 1, shift = 0;
  float operator()(uint8_t pixel) const { return static_cast<float>(pixel) * scale + shift; }
};

void scale_pixels(const uint8_t* from, const PixelScale& scale, float* to, int64_t count);
void scale_pixels(const uint8_t* from, const PixelScale& scale, Bfloat16* to, int64_t count);

}  // namespace pare
