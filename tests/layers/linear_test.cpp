#include "framework/kernels/product/linear.h"

#include <doctest/doctest.h>

using namespace pare;

namespace {

// Small integers, whose products and sums are exact in any order.
Tensor integers(const Shape& shape, int step) {
  Tensor t(shape);
  for (int64_t i = 0; i < t.size(); ++i) t.data<float>()[i] = static_cast<float>((step * i) % 7 - 3);
  return t;
}

}  // namespace

TEST_CASE("linear: products stay right when more kinds of them are asked for than are kept ready") {
  for (const int round : {0, 1})
    for (int64_t features = 1; features <= 300; ++features) {
      CAPTURE(round);
      CAPTURE(features);
      const Tensor src = integers({2, features}, 3), weights = integers({3, features}, 5),
                   bias = integers({3}, 1);
      const Tensor dst = linear_forward(src, weights, bias);
      for (int64_t n = 0; n < 2; ++n)
        for (int64_t o = 0; o < 3; ++o) {
          float expected = bias.data<float>()[o];
          for (int64_t k = 0; k < features; ++k)
            expected += src.data<float>()[n * features + k] * weights.data<float>()[o * features + k];
          REQUIRE(dst.data<float>()[n * 3 + o] == expected);
        }
    }
}
