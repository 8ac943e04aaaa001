#include "framework/base/rng.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

using namespace pare;

TEST_CASE("rng: the same seed, name and index give the same numbers") {
  Rng a(7, "order", 3), b(7, "order", 3);
  for (int i = 0; i < 100; ++i) CHECK(a.bits() == b.bits());
}

TEST_CASE("rng: seed, name and index each change the numbers") {
  const uint32_t base = Rng(7, "order", 3).bits();
  CHECK(Rng(8, "order", 3).bits() != base);
  CHECK(Rng(7, "init", 3).bits() != base);
  CHECK(Rng(7, "order", 4).bits() != base);
}

TEST_CASE("rng: uniform and normal have the moments they should") {
  Rng rng(1, "moments");
  const int count = 200000;
  double uniform_sum = 0, normal_sum = 0, normal_squares = 0;
  for (int i = 0; i < count; ++i) {
    const float u = rng.uniform();
    CHECK((u >= 0.0f && u < 1.0f));
    uniform_sum += u;
    const double n = rng.normal();
    normal_sum += n;
    normal_squares += n * n;
  }
  CHECK(std::abs(uniform_sum / count - 0.5) < 0.005);
  CHECK(std::abs(normal_sum / count) < 0.01);
  CHECK(std::abs(normal_squares / count - 1.0) < 0.02);
}

TEST_CASE("rng: shuffle is a permutation and every item reaches every place") {
  std::vector<int> seen(5 * 5);
  for (int trial = 0; trial < 500; ++trial) {
    std::vector<int> items(5);
    std::iota(items.begin(), items.end(), 0);
    Rng(3, "shuffle", static_cast<uint64_t>(trial)).shuffle(items);
    for (int place = 0; place < 5; ++place) ++seen[place * 5 + items[place]];
    std::sort(items.begin(), items.end());
    for (int i = 0; i < 5; ++i) CHECK(items[i] == i);
  }
  for (const int count : seen) CHECK((count > 60 && count < 140));
}
