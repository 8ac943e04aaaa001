// Raw inputs as numbers a network reads.
#pragma once

#include <cstdint>

#include "framework/tensor/bfloat16.h"

namespace pare {

// to = from * scale + shift, rounded to float after each step.
struct PixelScale {
  float scale = 1, shift = 0;
  float operator()(float number) const { return number * scale + shift; }
};

void scale_pixels(const uint8_t* from, const PixelScale& scale, float* to, int64_t count);
void scale_pixels(const uint8_t* from, const PixelScale& scale, Bfloat16* to, int64_t count);
void scale_pixels(const float* from, const PixelScale& scale, float* to, int64_t count);
void scale_pixels(const float* from, const PixelScale& scale, Bfloat16* to, int64_t count);

}  // namespace pare
