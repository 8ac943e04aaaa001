// How a kernel's loop writes tensors of either data type.
#pragma once

#include <algorithm>
#include <type_traits>

#include "framework/tensor/bfloat16.h"

namespace pare {

// fill(out, begin, n) writes the floats [begin, begin + n) of `count` to out; all of them become dst's.
// Rounding to bf16 costs a dozen instructions where it is written out, more than most loops' own arithmetic,
// so it is left to narrow(), a stretch at a time.
template <class T, class Fill>
inline void write_stretches(T* dst, int64_t count, const Fill& fill) {
  if constexpr (std::is_same_v<T, float>) {
    fill(dst, int64_t{0}, count);
  } else {
    constexpr int64_t kStretch = 512;
    alignas(64) float stretch[kStretch];
    for (int64_t begin = 0; begin < count; begin += kStretch) {
      const int64_t n = std::min(kStretch, count - begin);
      fill(stretch, begin, n);
      narrow(stretch, dst + begin, n);
    }
  }
}

// dst[i] = value(i), a float, for all i below `count`.
template <class T, class Value>
inline void write_each(T* dst, int64_t count, const Value& value) {
  write_stretches(dst, count, [&](float* out, int64_t begin, int64_t n) {
    for (int64_t i = 0; i < n; ++i) out[i] = value(begin + i);
  });
}

}  // namespace pare
