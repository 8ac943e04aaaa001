// Steering towards a size: the controller alone, on a file that answers as files do.
#include "compress/size_target.h"

#include <doctest/doctest.h>

#include <cmath>

using namespace pare;

namespace {

// A file whose size follows the losses' weight with a delay: at weight w it wants to be 20,000 / w^0.4 bytes.
double size_after(SizeTarget& target, int64_t looks) {
  double bytes = 600'000;
  for (int64_t look = 1; look <= looks; ++look) {
    const double wants = 20'000 / std::pow(target.factor(), 0.4);
    bytes *= std::pow(wants / bytes, 0.15);
    target.observe(static_cast<int64_t>(bytes), {look, looks, looks / 20});
  }
  return bytes;
}

}  // namespace

TEST_CASE("size target: a file that answers within bounds ends within 3 % of what was asked for") {
  for (const int64_t wanted : {3'000, 8'000, 20'000, 60'000}) {
    CAPTURE(wanted);
    SizeTarget target(wanted);
    CHECK(size_after(target, 120) == doctest::Approx(static_cast<double>(wanted)).epsilon(0.03));
  }
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
    target.observe(bytes, {90, 100, 10});
    return target.factor();
  };
  CHECK(factor_at(1111) == doctest::Approx(1.5).epsilon(0.1));
  CHECK(factor_at(918) == doctest::Approx(0.2).epsilon(0.1));
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
