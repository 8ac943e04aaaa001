// How many threads work is learnt from the time of steps: simulated ones here, so that nothing depends on the
// machine.
#include "optim/worker_choice.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "framework/base/rng.h"

using namespace pare;

namespace {

// Seconds that a step takes with so many workers, so many seconds after the start.
using Machine = std::function<double(int workers, double now)>;

struct Run {
  double seconds = 0;
  int64_t steps = 0, with_all = 0;
};

Run run(WorkerChoice& choice, int threads, double seconds, const Machine& machine) {
  Run run;
  while (run.seconds < seconds) {
    const int workers = choice.next();
    if (workers < 1 || workers > threads) FAIL(workers);
    const double step = machine(workers, run.seconds);
    choice.add(step);
    run.seconds += step;
    ++run.steps;
    run.with_all += workers == threads;
  }
  return run;
}

}  // namespace

TEST_CASE("worker choice: all threads stay at work where they are faster, and trials cost next to nothing") {
  for (const double step : {0.0005, 0.02, 0.2, 3.0}) {
    CAPTURE(step);
    WorkerChoice choice(2);
    const Run done = run(choice, 2, 4000 * step + 600,
                         [&](int workers, double) { return workers == 2 ? step : 1.8 * step; });
    CHECK(choice.chosen() == 2);
    CHECK(done.seconds < 1.02 * step * static_cast<double>(done.steps));
  }
}

TEST_CASE("worker choice: one works alone where two are slower, and both again when they are faster") {
  for (const double step : {0.0005, 0.02, 0.2}) {
    CAPTURE(step);
    WorkerChoice choice(2);
    const double busy_until = 40 + 400 * step;
    const auto machine = [&](int workers, double now) {
      if (workers == 1) return step;
      return now < busy_until ? 1.9 * step : 0.6 * step;
    };
    const Run busy = run(choice, 2, busy_until, machine);
    CHECK(choice.chosen() == 1);
    CHECK(busy.seconds < 1.05 * step * static_cast<double>(busy.steps));
    run(choice, 2, 60 + 600 * step, [&](int workers, double) { return machine(workers, busy_until); });
    CHECK(choice.chosen() == 2);
  }
}

TEST_CASE("worker choice: noise of a fifth does not drive the better number away for long") {
  WorkerChoice choice(2);
  Rng noise(7, "noise");
  const Run done = run(choice, 2, 300, [&](int workers, double) {
    return (workers == 2 ? 0.01 : 0.0125) * (0.8 + 0.4 * noise.uniform());
  });
  CHECK(done.with_all > 0.95 * static_cast<double>(done.steps));
}

TEST_CASE("worker choice: of many threads the best half, quarter ... is found") {
  for (const int best : {12, 6, 3, 1}) {
    CAPTURE(best);
    WorkerChoice choice(12);
    run(choice, 12, 300, [&](int workers, double) {
      return 0.01 * (1 + std::fabs(std::log2(static_cast<double>(workers) / best)));
    });
    CHECK(choice.chosen() == best);
  }
}

TEST_CASE("worker choice: one thread has no choice") {
  WorkerChoice choice(1);
  run(choice, 1, 10, [](int, double) { return 0.01; });
  CHECK(choice.chosen() == 1);
}
