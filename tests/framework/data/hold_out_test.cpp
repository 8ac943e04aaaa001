// The share that is set aside for testing.
#include <algorithm>

#include "framework/data/sources/hold_out.h"

#include "tests/support/data_fixtures.h"

using namespace pare;

TEST_CASE("hold_out: each stratum gives its share, rounded, and keeps one") {
  std::vector<Unit> units;
  for (uint64_t i = 0; i < 10; ++i) units.push_back({draw_of(1, i), 0});
  for (uint64_t i = 10; i < 13; ++i) units.push_back({draw_of(1, i), 1});
  units.push_back({draw_of(1, 13), 2});
  const std::vector<bool> held = hold_out(units, 0.9);
  CHECK(std::count(held.begin(), held.begin() + 10, true) == 9);
  CHECK(std::count(held.begin() + 10, held.begin() + 13, true) == 2);
  CHECK(!held[13]);
  CHECK(contains(failure_of(Failure::Usage, [&] { hold_out({{1, 0}, {2, 0}}, 0.1); }), "takes none of 2"));
}

TEST_CASE("hold_out: a draw is a function of seed and row alone, or of seed and group") {
  CHECK(draw_of(1, 5) == draw_of(1, 5));
  CHECK(draw_of(1, 5) != draw_of(2, 5));
  CHECK(draw_of(1, 5) != draw_of(1, 6));
  CHECK(draw_of(1, std::string("a")) != draw_of(1, std::string("b")));
  CHECK(draw_of(1, std::string("a")) == draw_of(1, std::string("a")));
  // Known values: another split of people's data would be another result.
  CHECK(draw_of(1, 0) == 1532577092851014895u);
}

TEST_CASE("hold_out: by the draw alone, a unit's side does not depend on the others") {
  std::vector<Unit> units;
  for (int i = 0; i < 1000; ++i) units.push_back({draw_of(1, text("file ", i)), i % 3});
  const std::vector<bool> held = hold_out_by_draw(units, 0.2);
  const auto count = std::count(held.begin(), held.end(), true);
  CHECK(count > 150);
  CHECK(count < 250);
  const std::vector<Unit> fewer(units.begin(), units.begin() + 500);
  const std::vector<bool> of_fewer = hold_out_by_draw(fewer, 0.2);
  CHECK(std::equal(of_fewer.begin(), of_fewer.end(), held.begin()));
  CHECK(hold_out_by_draw({{1, 0}, {2, 0}, {3, 0}}, 0.9) ==
        std::vector<bool>{true, true, false});  // one stays
  CHECK(contains(failure_of(Failure::Usage, [&] { hold_out_by_draw({{1, 0}}, 0.5); }), "takes none of 1"));
  CHECK(draw_of(1, std::string("cat/1.png")) == 200053627076023067u);
}
