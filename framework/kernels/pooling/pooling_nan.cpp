#include "framework/kernels/pooling/pooling_nan.h"

#include <algorithm>
#include <limits>

#include "framework/kernels/elementwise/element_type.h"
#include "framework/parallel/simd.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

template <class T>
bool any_nan(const T* values, int64_t count) {
  int32_t found = 0;
  for (int64_t i = 0; i < count; ++i) {
    const auto value = static_cast<float>(values[i]);
    found |= value != value ? 1 : 0;
  }
  return found != 0;
}

// The indices of an image's rows or columns that a window sees.
struct Span {
  int64_t begin, end;
};
Span seen(int64_t window, int64_t extent, int64_t size, int64_t stride, int64_t padding) {
  const int64_t begin = window * stride - padding;
  return {std::max<int64_t>(begin, 0), std::min(begin + size, extent)};
}

template <class T>
void mark_image(const T* src, const Shape& s, const PoolGeometry& g, T* dst, const Shape& d) {
  for (int64_t y = 0; y < d[1]; ++y)
    for (int64_t x = 0; x < d[2]; ++x) {
      const Span rows = seen(y, s[1], g.size.height, g.stride.height, g.padding.height),
                 columns = seen(x, s[2], g.size.width, g.stride.width, g.padding.width);
      T* const out = dst + (y * d[2] + x) * d[3];
      for (int64_t row = rows.begin; row < rows.end; ++row)
        for (int64_t column = columns.begin; column < columns.end; ++column)
          for (int64_t c = 0; c < s[3]; ++c)
            if (const auto value = static_cast<float>(src[(row * s[2] + column) * s[3] + c]); value != value)
              out[c] = static_cast<T>(std::numeric_limits<float>::quiet_NaN());
    }
}

}  // namespace

void let_nan_pass(const Tensor& src, const PoolGeometry& geometry, Tensor& dst) {
  with_type(src.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const int64_t from = src.shape().row(), to = dst.shape().row();
    parallel_ranges(src.shape()[0], grain_of_rows(from), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        if (simd<any_nan<T>>(src.data<T>() + i * from, from))
          mark_image(src.data<T>() + i * from, src.shape(), geometry, dst.data<T>() + i * to, dst.shape());
    });
  });
}

}  // namespace pare
