// Products of small matrices by each kernel of this machine, against sums in double.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "framework/base/rng.h"
#include "framework/kernels/product/small_product.h"

using namespace pare;

namespace {

template <class T>
std::vector<T> draw(int64_t count, const char* stream) {
  std::vector<T> numbers;
  Rng rng(1, stream, 0);
  for (int64_t i = 0; i < count; ++i) numbers.push_back(T(static_cast<float>(rng.uniform()) - 0.5f));
  return numbers;
}

// Checks one product whose rows have a gap between them, in which nothing may be written.
template <class T, class Kernel>
void check_product(Kernel kernel, int64_t rows, int64_t depth, int64_t columns, bool transposed, bool adds) {
  CAPTURE(rows);
  CAPTURE(depth);
  CAPTURE(columns);
  CAPTURE(transposed);
  CAPTURE(adds);
  constexpr int64_t kGap = 5;
  const SmallProduct p{
      rows,           depth,          columns, transposed ? 1 : depth + kGap, transposed ? rows + kGap : 1,
      columns + kGap, columns + kGap, adds};
  const auto a = draw<T>((rows + kGap) * (depth + kGap), "a"), b = draw<T>(depth * p.b_row, "b");
  const auto before = draw<float>(rows * p.c_row, "c");
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
        sum += double{static_cast<float>(a[i * p.a_row + k * p.a_column])} *
               double{static_cast<float>(b[k * p.b_row + j])};
      worst = std::max(worst, std::fabs(sum - c[i * p.c_row + j]));
    }
  CHECK(worst < 2e-6);
  CHECK(!beside);
}

// Every size around a block's.
template <class T, class Kernel>
void check_sizes(Kernel kernel) {
  for (const int64_t columns : {16, 17, 24, 25, 31, 32, 33, 50, 64, 65, 79, 130})
    for (const int64_t rows : {1, 5, 6, 7, 11, 12, 13, 16, 17, 25})
      for (const int64_t depth : {1, 2, 21})
        for (const bool transposed : {false, true})
          for (const bool adds : {false, true}) {
            if (transposed && rows < kFewestProductColumns) continue;
            check_product<T>(kernel, rows, depth, columns, transposed, adds);
          }
}

}  // namespace

TEST_CASE("small product: f32") {
  REQUIRE_FALSE(small_product_kernels().empty());
  for (SmallProductKernel* const kernel : small_product_kernels()) check_sizes<float>(kernel);
}

TEST_CASE("small product: bf16") {
  SmallProductBf16Kernel* const kernel = small_product_bf16_kernel();
  if (kernel == nullptr)
    MESSAGE("skipped: this machine has no instruction for bf16");
  else
    check_sizes<Bfloat16>(kernel);
}
