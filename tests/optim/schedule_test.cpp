#include "optim/schedule.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "framework/config/config.h"
#include "framework/json/json.h"
#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

Variant<ScheduleConfig> schedule_of(const std::string& json) {
  struct Config {
    Variant<ScheduleConfig> schedule;
    void describe(Fields& fields) { fields.variant("schedule", schedule, schedule_table(), ""); }
  };
  return read_config<Config>(parse_json("{\"schedule\": " + json + "}", "test"), "test").schedule;
}

}  // namespace

TEST_CASE("schedule: factors at the points where they turn") {
  struct Case {
    const char* json;
    std::vector<std::pair<int64_t, double>> points;  // step of 100, 10 an epoch -> factor
  };
  const double eighth = 0.5 * (1 + std::cos(std::numbers::pi / 4));
  const Case cases[] = {
      {R"({"name": "constant"})", {{0, 1}, {50, 1}, {99, 1}}},
      {R"({"name": "constant", "warmup": "4it"})", {{0, 0.25}, {1, 0.5}, {2, 0.75}, {3, 1}, {4, 1}}},
      {R"({"name": "constant", "warmup": 1})", {{0, 0.1}, {8, 0.9}, {9, 1}, {10, 1}}},
      {R"({"name": "linear"})", {{0, 1}, {25, 0.75}, {99, 0.01}, {100, 0}}},
      {R"({"name": "linear", "start": 0.5, "end": 0.2})", {{0, 1}, {50, 1}, {75, 0.6}, {100, 0.2}}},
      {R"({"name": "cosine"})", {{0, 1}, {25, eighth}, {50, 0.5}, {100, 0}}},
      {R"({"name": "cosine", "end": 0.1})", {{0, 1}, {50, 0.55}, {100, 0.1}}},
      {R"({"name": "cosine", "warmup": 5})",
       {{24, 0.5 * 0.5 * (1 + std::cos(std::numbers::pi * 0.24))}, {50, 0.5}}},
      {R"({"name": "one_cycle", "start": 0.2, "peak": 0.4, "end": 0.1, "slope": "linear"})",
       {{0, 0.2}, {20, 0.6}, {40, 1}, {70, 0.55}, {100, 0.1}}},
      {R"({"name": "one_cycle", "start": 0.2, "peak": 0.4})",
       {{0, 0.2}, {10, 0.2 + 0.8 * (1 - eighth)}, {20, 0.6}, {40, 1}, {55, eighth}, {70, 0.5}, {100, 0}}},
      {R"({"name": "step", "milestones": [3, "60it"], "gamma": 0.5})",
       {{0, 1}, {29, 1}, {30, 0.5}, {59, 0.5}, {60, 0.25}, {99, 0.25}}},
  };
  for (const Case& c : cases) {
    const Variant<ScheduleConfig> schedule = schedule_of(c.json);
    for (const auto& [step, factor] : c.points) {
      CAPTURE(c.json);
      CAPTURE(step);
      CHECK(schedule->factor({step, 100, 10}) == doctest::Approx(factor).epsilon(1e-12));
    }
  }
}

TEST_CASE("schedule: wrong settings are refused") {
  CHECK(contains(failure_of(Failure::Usage, [] { schedule_of(R"({"name": "linaer"})"); }), "linear"));
  CHECK(contains(failure_of(Failure::Usage, [] { schedule_of(R"({"name": "linear", "start": 1})"); }),
                 "start"));
  CHECK(
      contains(failure_of(Failure::Usage, [] { schedule_of(R"({"name": "step", "gamma": 0})"); }), "gamma"));
}
