#include "framework/kernels/elementwise/elementwise.h"

#include <algorithm>
#include <cmath>

#include "framework/kernels/elementwise/element_type.h"
#include "framework/kernels/elementwise/write_each.h"
#include "framework/parallel/simd.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

constexpr int64_t kGrain = 1 << 16;  // elements a thread should at least have

template <class T>
void relu_range(const T* src, T* dst, int64_t count) {
  // Lets NaN pass, so that divergence is seen.
  for (int64_t i = 0; i < count; ++i) dst[i] = kept(!(static_cast<float>(src[i]) < 0.0f), src[i]);
}
template <class T>
void relu_mask(T* diff, const T* dst, int64_t count) {
  for (int64_t i = 0; i < count; ++i) diff[i] = kept(static_cast<float>(dst[i]) > 0.0f, diff[i]);
}
template <class T>
void add_range(const T* a, const T* b, T* out, int64_t count) {
  write_each(out, count, [=](int64_t i) { return static_cast<float>(a[i]) + static_cast<float>(b[i]); });
}
template <class T>
void add_rows(const T* rows, int64_t count, float* total, int64_t columns) {
  for (const T* row = rows; row < rows + count * columns; row += columns)
    for (int64_t i = 0; i < columns; ++i) total[i] += static_cast<float>(row[i]);
}
void scale_f32(float* values, float factor, int64_t n) {
  for (int64_t i = 0; i < n; ++i) values[i] *= factor;
}
void multiply_f32(float* values, const float* factors, int64_t n) {
  for (int64_t i = 0; i < n; ++i) values[i] *= factors[i];
}
double squares_f32(const float* values, int64_t n) {
  constexpr int kLanes = 16;
  double lanes[kLanes] = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (int lane = 0; lane < kLanes; ++lane)
      lanes[lane] += static_cast<double>(values[i + lane]) * values[i + lane];
  double total = 0;
  for (; i < n; ++i) total += static_cast<double>(values[i]) * values[i];
  for (const double lane : lanes) total += lane;
  return total;
}
// True when any element has all exponent bits set.
bool any_not_finite(const float* values, int64_t n) {
  uint32_t found = 0;
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t exponent = std::bit_cast<uint32_t>(values[i]) & 0x7F800000u;
    found |= exponent == 0x7F800000u ? 1u : 0u;
  }
  return found != 0;
}

void add_into(const Tensor& a, const Tensor& b, Tensor& out) {
  check(a.size() == b.size() && a.dtype() == b.dtype(), "sum: ", a.shape(), " ", name(a.dtype()), " and ",
        b.shape(), " ", name(b.dtype()));
  with_type(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    parallel_ranges(a.size(), kGrain, [&](int64_t begin, int64_t end) {
      simd<add_range<T>>(a.data<T>() + begin, b.data<T>() + begin, out.data<T>() + begin, end - begin);
    });
  });
}

}  // namespace

Tensor relu_forward(Tensor src) {
  Tensor dst = src.sole_owner() ? src : Tensor(src.shape(), src.dtype());
  with_type(src.dtype(), [&](auto zero) {
    using T = decltype(zero);
    parallel_ranges(src.size(), kGrain, [&](int64_t begin, int64_t end) {
      simd<relu_range<T>>(src.data<T>() + begin, dst.data<T>() + begin, end - begin);
    });
  });
  return dst;
}

Tensor relu_backward(Tensor diff_dst, const Tensor& dst) {
  check(diff_dst.size() == dst.size() && diff_dst.dtype() == dst.dtype(), "relu: diff_dst ", diff_dst.shape(),
        " for dst ", dst.shape());
  Tensor diff = diff_dst.sole_owner() ? std::move(diff_dst) : diff_dst.clone();
  with_type(dst.dtype(), [&](auto zero) {
    using T = decltype(zero);
    parallel_ranges(dst.size(), kGrain, [&](int64_t begin, int64_t end) {
      simd<relu_mask<T>>(diff.data<T>() + begin, dst.data<T>() + begin, end - begin);
    });
  });
  return diff;
}

Tensor sum(const Tensor& a, const Tensor& b) {
  Tensor out(a.shape(), a.dtype());
  add_into(a, b, out);
  return out;
}

void accumulate(Tensor& into, const Tensor& addend) { add_into(into, addend, into); }

Tensor sum_of(std::vector<Tensor> addends) {
  check(!addends.empty(), "sum of no tensors");
  const auto count = static_cast<int64_t>(addends.size());
  if (count == 1) return addends[0];
  constexpr int64_t kBlock = 1 << 12;  // numbers: those of all addends stay in the fastest caches
  const auto add_block = [&](int64_t begin, int64_t end) {
    for (int64_t apart = 1; apart < count; apart *= 2)
      for (int64_t i = 0; i + apart < count; i += 2 * apart) {
        float* const into = addends[static_cast<size_t>(i)].data<float>() + begin;
        simd<add_range<float>>(into, addends[static_cast<size_t>(i + apart)].data<float>() + begin, into,
                               end - begin);
      }
  };
  parallel_ranges(addends[0].size(), kGrain / count, [&](int64_t begin, int64_t end) {
    for (; begin < end; begin += kBlock) add_block(begin, std::min(begin + kBlock, end));
  });
  return addends[0];
}

void multiply(Tensor& into, const Tensor& factors) {
  check(into.shape() == factors.shape(), "multiply: ", into.shape(), " by ", factors.shape());
  parallel_ranges(into.size(), kGrain, [&](int64_t begin, int64_t end) {
    simd<multiply_f32>(into.data<float>() + begin, factors.data<float>() + begin, end - begin);
  });
}

Tensor sum_of_rows(const Tensor& rows) {
  const int64_t columns = rows.shape().row();
  const Parts parts(rows.shape()[0], kGrain / columns);
  std::vector<Tensor> totals(static_cast<size_t>(parts.size()));
  with_type(rows.dtype(), [&](auto zero) {
    parallel(parts, [&](int64_t i, IndexRange part) {
      Tensor& total = totals[static_cast<size_t>(i)] = Tensor::zeros({columns});
      simd<add_rows<decltype(zero)>>(rows.data<decltype(zero)>() + part.begin * columns, part.size(),
                                     total.data<float>(), columns);
    });
  });
  return sum_of(std::move(totals));
}

void scale(Tensor& tensor, float factor) { simd<scale_f32>(tensor.data<float>(), factor, tensor.size()); }

double sum_of_squares(const Tensor& tensor) { return simd<squares_f32>(tensor.data<float>(), tensor.size()); }

int64_t first_not_finite(const Tensor& tensor) {
  if (!simd<any_not_finite>(tensor.data<float>(), tensor.size())) return -1;
  int64_t index = 0;
  while (std::isfinite(tensor.data<float>()[index])) ++index;
  return index;
}

}  // namespace pare
