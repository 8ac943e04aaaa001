#include "framework/kernels/channels/join.h"

#include "framework/kernels/elementwise/element_type.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

Shape with_channels(Shape shape, int64_t channels) {
  shape[shape.rank() - 1] = channels;
  return shape;
}

template <class T>
void sum_rows(const T* a, const T* b, std::span<const int> a_from, std::span<const int> b_from, T* dst,
              int64_t rows, int64_t a_channels, int64_t b_channels) {
  const auto channels = static_cast<int64_t>(a_from.size());
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < channels; ++c) {
      const float x = a_from[c] < 0 ? 0.0f : static_cast<float>(a[r * a_channels + a_from[c]]);
      const float y = b_from[c] < 0 ? 0.0f : static_cast<float>(b[r * b_channels + b_from[c]]);
      dst[r * channels + c] = T(x + y);
    }
}

template <class T>
void scatter_rows(const T* diff_dst, std::span<const int> from, T* diff_src, int64_t rows, int64_t channels) {
  const auto dst_channels = static_cast<int64_t>(from.size());
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < channels; ++c) diff_src[r * channels + c] = T(0.0f);
    for (int64_t c = 0; c < dst_channels; ++c)
      if (from[c] >= 0) diff_src[r * channels + from[c]] = diff_dst[r * dst_channels + c];
  }
}

}  // namespace

Tensor union_sum_forward(const Tensor& a, const Tensor& b, std::span<const int> a_from,
                         std::span<const int> b_from) {
  const auto channels = static_cast<int64_t>(a_from.size());
  const int64_t ca = a.shape().back(), cb = b.shape().back(), rows = a.size() / ca;
  check(a_from.size() == b_from.size() && b.size() / cb == rows && a.dtype() == b.dtype(),
        "union sum: ", a.shape(), " and ", b.shape());
  Tensor dst(with_channels(a.shape(), channels), a.dtype());
  parallel_ranges(rows, grain_of_rows(channels), [&](int64_t begin, int64_t end) {
    with_type(a.dtype(), [&](auto zero) {
      using T = decltype(zero);
      sum_rows(a.data<T>() + begin * ca, b.data<T>() + begin * cb, a_from, b_from,
               dst.data<T>() + begin * channels, end - begin, ca, cb);
    });
  });
  return dst;
}

Tensor union_sum_backward(const Tensor& diff_dst, std::span<const int> from, int64_t channels) {
  const auto dst_channels = static_cast<int64_t>(from.size());
  const int64_t rows = diff_dst.size() / dst_channels;
  Tensor diff_src(with_channels(diff_dst.shape(), channels), diff_dst.dtype());
  parallel_ranges(rows, grain_of_rows(channels), [&](int64_t begin, int64_t end) {
    with_type(diff_dst.dtype(), [&](auto zero) {
      using T = decltype(zero);
      scatter_rows(diff_dst.data<T>() + begin * dst_channels, from, diff_src.data<T>() + begin * channels,
                   end - begin, channels);
    });
  });
  return diff_src;
}

}  // namespace pare
