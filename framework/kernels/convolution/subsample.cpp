#include "framework/kernels/convolution/subsample.h"

#include <cstring>

#include "framework/parallel/threads.h"

namespace pare {
namespace {

constexpr int64_t kGrain = 1 << 16;  // elements a thread should at least have

// Calls copy(offset in the small image, offset in the large one), in bytes, for every pixel of the small one.
template <class Copy>
void for_pixels(const Shape& small, const Shape& large, const PerAxis& stride, size_t pixel,
                const Copy& copy) {
  const int64_t row = std::max<int64_t>(small[2] * small[3], 1);
  parallel_ranges(small[0] * small[1], kGrain / row + 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t large_row = r / small[1] * large[1] + r % small[1] * stride.height;
      for (int64_t w = 0; w < small[2]; ++w)
        copy((r * small[2] + w) * pixel, (large_row * large[2] + w * stride.width) * pixel);
    }
  });
}

size_t bytes_per_pixel(const Tensor& tensor) {
  return static_cast<size_t>(tensor.shape()[3]) * bytes_per_element(tensor.dtype());
}

}  // namespace

Tensor subsample_forward(const Tensor& src, const PerAxis& stride) {
  const Shape& s = src.shape();
  Tensor dst(
      Shape{s[0], (s[1] + stride.height - 1) / stride.height, (s[2] + stride.width - 1) / stride.width, s[3]},
      src.dtype());
  const size_t pixel = bytes_per_pixel(src);
  const auto* from = static_cast<const std::byte*>(src.raw());
  auto* to = static_cast<std::byte*>(dst.raw());
  for_pixels(dst.shape(), s, stride, pixel,
             [=](size_t small, size_t large) { std::memcpy(to + small, from + large, pixel); });
  return dst;
}

Tensor subsample_backward(const Tensor& diff_dst, const Shape& src_shape, const PerAxis& stride) {
  Tensor diff_src = Tensor::zeros(src_shape, diff_dst.dtype());
  const size_t pixel = bytes_per_pixel(diff_dst);
  const auto* from = static_cast<const std::byte*>(diff_dst.raw());
  auto* to = static_cast<std::byte*>(diff_src.raw());
  for_pixels(diff_dst.shape(), src_shape, stride, pixel,
             [=](size_t small, size_t large) { std::memcpy(to + large, from + small, pixel); });
  return diff_src;
}

}  // namespace pare
