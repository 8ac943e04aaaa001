// Warp: an image turned and made larger or smaller around its middle.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

#include "framework/data/batches/augment.h"

namespace pare {

// image and to: (H,W,C). The pixel at p, seen from the middle, is that of the image at R(-degrees) p / scale,
// bilinear between its four neighbours, raw value 0 outside. Places and weights are multiples of 2^-16, so
// that bytes are computed with integers.
template <class From>
void warp(const From* image, const InputShape& input, const Warp& by, From* to) {
  constexpr int64_t kOne = 1 << 16;
  const double radians = by.degrees * std::numbers::pi / 180;
  const auto along = static_cast<int64_t>(std::llround(kOne * std::cos(radians) / by.scale));
  const auto across = static_cast<int64_t>(std::llround(kOne * std::sin(radians) / by.scale));
  const int64_t height = input.height, width = input.width, channels = input.channels;
  const auto pixel = [&](int64_t y, int64_t x) {
    return y < 0 || y >= height || x < 0 || x >= width ? nullptr : image + (y * width + x) * channels;
  };
  for (int64_t row = 0; row < height; ++row)
    for (int64_t column = 0; column < width; ++column, to += channels) {
      // Twice the distances from the middle are whole numbers.
      const int64_t v = 2 * row - (height - 1), u = 2 * column - (width - 1);
      const int64_t y = (along * v - across * u + kOne * (height - 1)) / 2;
      const int64_t x = (across * v + along * u + kOne * (width - 1)) / 2;
      const int64_t top = y >> 16, left = x >> 16, below = y & (kOne - 1), right = x & (kOne - 1);
      const From* const corners[] = {pixel(top, left), pixel(top, left + 1), pixel(top + 1, left),
                                     pixel(top + 1, left + 1)};
      const int64_t weights[] = {(kOne - below) * (kOne - right), (kOne - below) * right,
                                 below * (kOne - right), below * right};
      for (int64_t c = 0; c < channels; ++c) {
        if constexpr (std::is_same_v<From, uint8_t>) {
          int64_t sum = int64_t{1} << 31;
          for (int k = 0; k < 4; ++k)
            if (corners[k] != nullptr) sum += weights[k] * corners[k][c];
          to[c] = static_cast<uint8_t>(sum >> 32);
        } else {
          From sum = 0;
          for (int k = 0; k < 4; ++k)
            if (corners[k] != nullptr && weights[k] != 0)
              sum +=
                  static_cast<From>(static_cast<double>(weights[k]) / (double{kOne} * kOne)) * corners[k][c];
          to[c] = sum;
        }
      }
    }
}

}  // namespace pare
