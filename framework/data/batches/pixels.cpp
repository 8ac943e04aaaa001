#include "framework/data/batches/pixels.h"

#include <algorithm>

#include "framework/parallel/simd.h"

namespace pare {
namespace {

template <class From>
void scale_range(const From* __restrict from, PixelScale scale, float* __restrict to, int64_t count) {
  for (int64_t i = 0; i < count; ++i) to[i] = scale(static_cast<float>(from[i]));
}

template <class From>
void scale_all(const From* from, const PixelScale& scale, float* to, int64_t count) {
  simd<scale_range<From>>(from, scale, to, count);
}

template <class From>
void scale_all(const From* from, const PixelScale& scale, Bfloat16* to, int64_t count) {
  constexpr int64_t kPiece = 1024;
  float piece[kPiece];
  for (int64_t at = 0; at < count; at += kPiece) {
    const int64_t n = std::min(kPiece, count - at);
    scale_all(from + at, scale, piece, n);
    narrow(piece, to + at, n);
  }
}

}  // namespace

void scale_pixels(const uint8_t* from, const PixelScale& scale, float* to, int64_t count) {
  scale_all(from, scale, to, count);
}
void scale_pixels(const uint8_t* from, const PixelScale& scale, Bfloat16* to, int64_t count) {
  scale_all(from, scale, to, count);
}
void scale_pixels(const float* from, const PixelScale& scale, float* to, int64_t count) {
  scale_all(from, scale, to, count);
}
void scale_pixels(const float* from, const PixelScale& scale, Bfloat16* to, int64_t count) {
  scale_all(from, scale, to, count);
}

}  // namespace pare
