// Products of small matrices by each kernel of this machine, against sums in double.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "framework/base/rng.h"
#include "framework/kernels/small_product.h"

using namespace pare;

namespace {

std::vector<float> draw(int64_t count, const char* stream) {
  std::vector<float> numbers(static_cast<size_t>(count));
  Rng rng(1, stream, 0);
  for (float& number : numbers) number = static_cast<float>(rng.uniform()) - 0.5f;
  return numbers;
}

}  // namespace

TEST_CASE("small product: every size around a block's, and nothing beside the product is written") {
  if (small_product_kernels().empty()) MESSAGE("skipped: this machine has no AVX2");
  constexpr int64_t kGap = 5;  // numbers between two rows
  for (const SmallProductKernel kernel : small_product_kernels())
    for (const int64_t columns : {16, 17, 31, 32, 33, 50, 64, 65, 79, 130})
      for (const int64_t rows : {1, 5, 6, 7, 11, 12, 13, 25})
        for (const int64_t depth : {1, 20})
          for (const bool transposed : {false, true})
            for (const bool adds : {false, true}) {
              CAPTURE(columns);
              CAPTURE(rows);
              CAPTURE(depth);
              const SmallProduct p{rows,
                                   depth,
                                   columns,
                                   transposed ? 1 : depth + kGap,
                                   transposed ? rows + kGap : 1,
                                   columns + kGap,
                                   columns + kGap,
                                   adds};
              const auto a = draw((rows + kGap) * (depth + kGap), "a"), b = draw(depth * p.b_row, "b"),
                         before = draw(rows * p.c_row, "c");
              std::vector<float> c = before;
              kernel(p, a.data(), b.data(), c.data());
              double worst = 0;
              bool beside = false;
              for (int64_t i = 0; i < rows; ++i)
                for (int64_t j = 0; j < p.c_row; ++j) {
                  const float old = before[i * p.c_row + j];
                  if (j >= columns) {
                    beside = beside || c[i * p.c_row + j] != old;
                    continue;
                  }
                  double sum = adds ? old : 0;
                  for (int64_t k = 0; k < depth; ++k)
                    sum += double{a[i * p.a_row + k * p.a_column]} * double{b[k * p.b_row + j]};
                  worst = std::max(worst, std::fabs(sum - c[i * p.c_row + j]));
                }
              CHECK(worst < 2e-6);
              CHECK(!beside);
            }
}
