// How a kernel's loop writes tensors of either data type.
#pragma once

#include <algorithm>
#include <type_traits>

#include "framework/base/bfloat16.h"

namespace pare {

// dst[i] = value(i), a float, for all i below `count`. Rounding to bf16 costs a dozen instructions where it
// is written out, more than most loops' own arithmetic, so it is left to narrow(), a stretch at a time.
template <class T, class Value>
inline void write_each(T* dst, int64_t count, const Value& value) {
  if constexpr (std::is_same_v<T, float>) {
    for (int64_t i = 0; i < count; ++i) dst[i] = value(i);
  } else {
    constexpr int64_t kStretch = 512;
    alignas(64) float stretch[kStretch];
    for (int64_t begin = 0; begin < count; begin += kStretch) {
      const int64_t n = std::min(kStretch, count - begin);
      for (int64_t i = 0; i < n; ++i) stretch[i] = value(begin + i);
      narrow(stretch, dst + begin, n);
    }
  }
}

}  // namespace pare
