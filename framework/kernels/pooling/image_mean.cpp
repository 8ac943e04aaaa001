#include "framework/kernels/pooling/image_mean.h"

#include <algorithm>
#include <vector>

#include "framework/kernels/elementwise/element_type.h"
#include "framework/parallel/simd.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

// Pixels are added in order.
template <class T>
void mean_of_rows(const T* src, int64_t pixels, int64_t channels, float* sums, T* dst) {
  std::fill_n(sums, channels, 0.0f);
  for (int64_t pixel = 0; pixel < pixels; ++pixel, src += channels)
    for (int64_t c = 0; c < channels; ++c) sums[c] += static_cast<float>(src[c]);
  for (int64_t c = 0; c < channels; ++c) dst[c] = static_cast<T>(sums[c] / static_cast<float>(pixels));
}

}  // namespace

Tensor image_mean_forward(const Tensor& src) {
  const Shape s = src.shape();
  Tensor dst({s[0], 1, 1, s[3]}, src.dtype());
  with_type(src.dtype(), [&](auto zero) {
    using T = decltype(zero);
    parallel_ranges(s[0], grain_of_rows(s.row()), [&](int64_t begin, int64_t end) {
      std::vector<float> sums(s[3]);
      for (int64_t n = begin; n < end; ++n)
        simd<mean_of_rows<T>>(src.data<T>() + n * s.row(), s[1] * s[2], s[3], sums.data(),
                              dst.data<T>() + n * s[3]);
    });
  });
  return dst;
}

Tensor image_mean_backward(const Tensor& diff_dst, const Shape& src) {
  Tensor diff_src(src, diff_dst.dtype());
  const int64_t pixels = src[1] * src[2], channels = src[3];
  with_type(diff_dst.dtype(), [&](auto zero) {
    using T = decltype(zero);
    parallel_ranges(src[0], grain_of_rows(src.row()), [&](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; ++n) {
        const T* const dy = diff_dst.data<T>() + n * channels;
        T* dx = diff_src.data<T>() + n * src.row();
        for (int64_t pixel = 0; pixel < pixels; ++pixel, dx += channels)
          for (int64_t c = 0; c < channels; ++c)
            dx[c] = static_cast<T>(static_cast<float>(dy[c]) / static_cast<float>(pixels));
      }
    });
  });
  return diff_src;
}

}  // namespace pare
