// Profile, and what a tape tells it.
#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "framework/autograd/ops.h"
#include "train/trial.h"

using namespace pare;

namespace {

const Profile::Row* find(const Profile& profile, const std::string& operation) {
  for (const Profile::Row& row : profile.rows())
    if (row.operation == operation) return &row;
  return nullptr;
}

}  // namespace

TEST_CASE("profile: time belongs to the operation that reports next") {
  Profile profile;
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  profile.start();
  profile.lap("first");
  std::this_thread::sleep_for(std::chrono::milliseconds(3));
  profile.lap("second", Direction::Backward);
  REQUIRE(profile.rows().size() == 2);
  CHECK(profile.rows()[0].operation == "first");
  CHECK(profile.rows()[0].forward_seconds < 0.003);
  CHECK(profile.rows()[1].backward_seconds >= 0.003);
  CHECK(profile.rows()[1].forward_seconds == 0);
  CHECK(profile.total_seconds() >= profile.rows()[1].backward_seconds);
  profile.clear();
  CHECK(profile.rows().empty());
}

TEST_CASE("profile: a tape reports forward and backward of each operation, and works the same without") {
  Parameter w{"w", ParameterTag::Weight, Tensor::full({2, 3}, 0.5f), {}, {}};
  const auto gradient = [&](Profile* profile) {
    Tape tape(Recording::On, profile);
    const Var y = relu(tape, linear(tape, Tape::constant(Tensor::full({4, 3}, 1)), tape.leaf(w), {}));
    const std::vector<int32_t> labels = {0, 1, 0, 1};
    tape.backward(cross_entropy(tape, y, labels));
    return std::exchange(w.grad, {});
  };
  Profile profile;
  const Tensor with = gradient(&profile), without = gradient(nullptr);
  CHECK(std::equal(with.floats().begin(), with.floats().end(), without.floats().begin()));
  for (const char* operation : {"parameter", "linear", "relu", "cross_entropy"}) {
    CAPTURE(operation);
    REQUIRE(find(profile, operation) != nullptr);
    // A parameter is there already: nothing is done on its way forward.
    CHECK((find(profile, operation)->forward_seconds > 0) == (std::string(operation) != "parameter"));
    CHECK(find(profile, operation)->backward_seconds > 0);
  }
}

TEST_CASE("trial: spreads are order statistics") {
  const Spread spread = spread_of({9, 1, 8, 2, 7, 3, 6, 4, 5, 0, 10});
  CHECK(spread.median == 5);
  CHECK(spread.p10 == 1);
  CHECK(spread.p90 == 9);
  CHECK(spread_of({3}).p90 == 3);
}
