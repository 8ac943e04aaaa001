// Steering towards a size: the controller alone, on a file that answers as files do.
#include "compress/self_compression/size_target.h"

#include <doctest/doctest.h>
#include <algorithm>

#include <cmath>

using namespace pare;

namespace {

// A file whose size follows the losses' weight with a delay: at weight w it wants to be 20,000 / w^0.5 bytes.
// It grows more slowly than it shrinks, and learning rates fall to zero over the second half.
double size_after(SizeTarget& target, int64_t epochs) {
  constexpr int64_t kSteps = 64;  // an epoch
  double bytes = 600'000;
  for (Position position{1, epochs * kSteps, kSteps}; position.step <= position.total; ++position.step) {
    const double left = 1 - static_cast<double>(position.step) / static_cast<double>(position.total);
    const double wants = 20'000 / std::sqrt(target.factor()), rate = std::min(1.0, 2 * left);
    bytes *= std::pow(wants / bytes, rate * (wants < bytes ? 0.03 : 0.003));
    if (position.step % target.interval(position) == 0) target.observe(static_cast<int64_t>(bytes), position);
  }
  return bytes;
}

}  // namespace

TEST_CASE("size target: a file that answers within bounds ends at the target or within 3 % below it") {
  for (const int64_t epochs : {25, 40, 80})
    for (const double wanted : {3'000.0, 8'000.0, 20'000.0, 60'000.0}) {
      CAPTURE(epochs);
      CAPTURE(wanted);
      SizeTarget target(static_cast<int64_t>(wanted));
      const double bytes = size_after(target, epochs);
      CHECK(bytes <= wanted);
      CHECK(bytes >= 0.97 * wanted);
    }
}

TEST_CASE("size target: near the end it looks more often, and answers more strongly") {
  SizeTarget target(1000);
  CHECK(target.interval({700, 1000, 100}) == 25);
  CHECK(target.interval({701, 1000, 100}) == 6);
  CHECK(target.interval({1000, 1000, 3}) == 1);
  const auto factor_at = [](int64_t step) {
    SizeTarget fresh(1000);
    fresh.observe(1100, {step, 1000, 100});
    return fresh.factor();
  };
  CHECK(factor_at(990) > 2 * factor_at(750));
}

TEST_CASE("size target: too large a file makes the losses weigh more, too small a one less") {
  SizeTarget target(1000);
  target.observe(10'000, {90, 100, 10});
  const double heavy = target.factor();
  CHECK(heavy > 1);
  target.observe(500, {91, 100, 10});
  CHECK(target.factor() < 1);
}

TEST_CASE("size target: it lets go faster than it pushes, because what is cut does not come back") {
  const auto factor_at = [](int64_t bytes) {
    SizeTarget target(1000);
    target.observe(bytes, {70, 100, 10});
    return target.factor();
  };
  CHECK(factor_at(1084) == doctest::Approx(1.5).epsilon(0.1));
  CHECK(factor_at(895) == doctest::Approx(0.2).epsilon(0.1));
}

TEST_CASE("size target: its state restores it") {
  SizeTarget a(1000), b(1000);
  for (int64_t step = 1; step < 9; ++step) a.observe(9000 - 700 * step, {step, 20, 5});
  b.restore(a.state());
  CHECK(a.factor() == b.factor());
  a.observe(1500, {9, 20, 5});
  b.observe(1500, {9, 20, 5});
  CHECK(a.factor() == b.factor());
  CHECK_THROWS(b.restore(std::vector<double>{1, 2}));
}
