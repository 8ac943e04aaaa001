#include "framework/tensor/bfloat16.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "framework/base/rng.h"
#include "framework/kernels/elementwise/write_each.h"

using namespace pare;

namespace {

// Numbers of all magnitudes but denormal ones, ties between two bf16, and what is not finite.
std::vector<float> awkward_numbers(size_t count) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::vector<float> numbers = {0.0f,       -0.0f,     1.00390625f, 1.01171875f,
                                -1.0f,      kInfinity, -kInfinity,  std::numeric_limits<float>::quiet_NaN(),
                                3.4028e38f, -3.4e38f,  1.2e-38f,    65535.5f};
  Rng rng(1, "bfloat16");
  while (numbers.size() < count)
    numbers.push_back(std::ldexp(static_cast<float>(rng.normal()), static_cast<int>(rng.below(200)) - 100));
  return numbers;
}

void check_rounded(const Bfloat16& got, float from) {
  CAPTURE(from);
  if (std::isnan(from))
    CHECK(std::isnan(static_cast<float>(got)));
  else
    CHECK(got.bits == Bfloat16(from).bits);
}

}  // namespace

TEST_CASE("bfloat16: many at once are rounded as one by one, whichever way they are written") {
  constexpr int64_t kRows = 61, kCount = kRows * kNarrowLanes - 5, kOffset = 3;
  const std::vector<float> from = awkward_numbers(kRows * kNarrowLanes);
  std::vector<Bfloat16> narrowed(kCount), written(kCount);
  narrow(from.data(), narrowed.data(), kCount);
  write_each(written.data(), kCount, [&](int64_t i) { return from[static_cast<size_t>(i)]; });
  std::vector<Bfloat16> places(kRows * (kOffset + kNarrowLanes));
  std::vector<Bfloat16*> rows;
  for (int64_t row = 0; row < kRows; ++row) rows.push_back(&places[row * (kOffset + kNarrowLanes)]);
  narrow_rows(from.data(), rows.data(), kOffset, kRows);
  for (int64_t i = 0; i < kCount; ++i) {
    check_rounded(narrowed[i], from[i]);
    check_rounded(written[i], from[i]);
    check_rounded(rows[i / kNarrowLanes][kOffset + i % kNarrowLanes], from[i]);
  }
  for (const Bfloat16* row : rows)
    for (int64_t i = 0; i < kOffset; ++i) CHECK(row[i].bits == 0);
}
