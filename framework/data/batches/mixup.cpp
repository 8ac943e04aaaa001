#include "framework/data/batches/mixup.h"

#include <cmath>

#include "framework/base/error.h"
#include "framework/base/rng.h"

namespace pare {

// Jöhnk's method (1964): it takes two uniform numbers, and a few times as many the larger alpha is.
float draw_own_share(double alpha, uint64_t seed, int epoch, int position) {
  check(alpha > 0 && alpha <= 4, "mixup of ", alpha);
  Rng rng(seed, "mixup", uint64_t{static_cast<uint32_t>(epoch)} << 32 | static_cast<uint32_t>(position));
  for (;;) {
    const double a = std::pow(1 - double{rng.uniform()}, 1 / alpha),
                 b = std::pow(1 - double{rng.uniform()}, 1 / alpha);
    if (a + b <= 1 && a + b > 0) return static_cast<float>(a / (a + b));
  }
}

namespace {

template <class T>
void blend(T* rows, int64_t count, int64_t each, float own) {
  const float other = 1 - own;
  for (int64_t n = 0; n < count / 2; ++n) {
    T* const a = rows + n * each;
    T* const b = rows + (count - 1 - n) * each;
    for (int64_t i = 0; i < each; ++i) {
      const float x = static_cast<float>(a[i]), y = static_cast<float>(b[i]);
      a[i] = T(own * x + other * y);
      b[i] = T(own * y + other * x);
    }
  }
}

}  // namespace

void blend_with_reversed(Tensor& rows, float own_share) {
  const int64_t count = rows.shape()[0], each = rows.shape().row();
  if (rows.dtype() == DType::F32)
    blend(rows.data<float>(), count, each, own_share);
  else
    blend(rows.data<Bfloat16>(), count, each, own_share);
}

}  // namespace pare
