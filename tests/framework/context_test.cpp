// A context belongs to a thread and a scope; the process around it stays as it was.
#include "framework/parallel/context.h"

#include <doctest/doctest.h>
#include <omp.h>

#include <atomic>
#include <cfenv>
#include <latch>
#include <thread>

#include "framework/data/catalogue.h"
#include "framework/parallel/cpus.h"
#include "framework/parallel/threads.h"
#include "framework/tensor/buffer_pool.h"
#include "tests/support/system_memory.h"
#include "tests/support/two_steps.h"

using namespace pare;

namespace {

Experiment experiment_of(const std::vector<std::string>& overrides) {
  std::vector<std::string> all = {"data.batch=37", "data.validation=0"};
  all.insert(all.end(), overrides.begin(), overrides.end());
  RunConfig config = load_run_config(PARE_SOURCE_DIR "/configs/bench/lenet5_selfcompress.json", all);
  Dataset images = synthetic_dataset(config.data.name, 74);
  return {std::move(config), std::move(images)};
}

}  // namespace

TEST_CASE("context: scopes nest, belong to their thread, and reach into the parts of a loop") {
  const Context& outside = Context::current();
  const Context two({.threads = 2, .winograd = false}), three({.threads = 3});
  {
    const Context::Scope scope(two);
    CHECK(&Context::current() == &two);
    CHECK(threads() == 2);
    {
      const Context::Scope inner(three);
      CHECK(threads() == 3);
    }
    CHECK(&Context::current() == &two);
    std::atomic<int> parts = 0;
    parallel_ranges(16, 1, [&](int64_t, int64_t) {
      if (&Context::current() == &two && threads() == 1) ++parts;
    });
    CHECK(parts == 16);
    std::thread([&] {
      CHECK(&Context::current() != &two);
      CHECK(threads() == usable_cpus());
      CHECK(Context::current().winograd());
    }).join();
  }
  CHECK(&Context::current() == &outside);
  CHECK_THROWS_AS(Context({.threads = 1'000'000}), Error);
}

TEST_CASE("context: its threads start when they are needed and end with it") {
  for (int round = 0; round < 50; ++round) {
    const Context context({.threads = 3});
    const Context::Scope scope(context);
    std::atomic<int> parts = 0;
    for (int loop = 0; loop < round % 3; ++loop) parallel_ranges(16, 1, [&](int64_t, int64_t) { ++parts; });
    CHECK(parts == 16 * (round % 3));
  }
}

TEST_CASE(
    "context: two threads of a program train at the same time in contexts of their own, to the same bits") {
  Experiment alone = experiment_of({"threads=1"});
  const std::vector<uint8_t> expected = after_two_steps(alone);
  std::latch both(2);
  std::vector<uint8_t> files[2];
  const auto train = [&](int index, int count) {
    Experiment experiment = experiment_of({text("threads=", count)});
    both.arrive_and_wait();
    files[index] = after_two_steps(experiment);
  };
  std::thread first(train, 0, 2), second(train, 1, 3);
  first.join();
  second.join();
  CHECK(files[0] == expected);
  CHECK(files[1] == expected);
}

TEST_CASE("context: freed memory waits for the next tensor, or goes back to malloc") {
  const Shape shape{12'347};  // of no other tensor
  const auto requests_of_two = [&] {
    const size_t before = system_allocations();
    Tensor(shape).fill(1);
    Tensor(shape).fill(1);
    return system_allocations() - before;
  };
  CHECK(requests_of_two() == 1);
  trim_pool();
  const Context context({.threads = 1, .freed_memory = FreedMemory::Returned});
  const Context::Scope scope(context);
  CHECK(requests_of_two() == 2);
}

TEST_CASE("context: training leaves the process's malloc, OpenMP and floating point as they are") {
  const size_t of_main = malloc_settings();
  keep_memory_in_malloc();
  const size_t of_a_call = malloc_settings() - of_main;
  CHECK(of_main == of_a_call);  // main() has asked for it, and nothing else has
  CHECK((of_a_call > 0) == kCountsSystemRequests);
  const int openmp = omp_get_max_threads();
  std::fenv_t before{}, after{};
  std::fegetenv(&before);
  Experiment experiment = experiment_of({"threads=2"});
  CHECK_FALSE(after_two_steps(experiment).empty());
  std::fegetenv(&after);
  CHECK(malloc_settings() == of_main + of_a_call);
  CHECK(omp_get_max_threads() == openmp);
#if defined(__SSE__)
  constexpr unsigned kExceptions = 0x3F;  // that have occurred
  CHECK((after.__mxcsr | kExceptions) == (before.__mxcsr | kExceptions));
#endif
}
