#include "framework/base/threads.h"

#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <exception>
#include <fstream>
#include <string>

namespace pare {
namespace {

// CPUs granted by cgroup v2 (cpu.max: "quota period" or "max period"); 0 when there is no limit.
int cgroup_cpus() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 0;
  return std::max(1, static_cast<int>(std::stod(quota) / period));
}

}  // namespace

int usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  if (const int quota = cgroup_cpus(); quota > 0) count = std::min(count, quota);
  return std::max(count, 1);
}

void set_threads(int count) { omp_set_num_threads(std::max(count, 1)); }

int threads() { return omp_get_max_threads(); }

void parallel_ranges(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  const int64_t workers = std::clamp<int64_t>(count / std::max<int64_t>(grain, 1), 1, threads());
  if (workers == 1) {
    if (count > 0) body(0, count);
    return;
  }
  std::exception_ptr error;  // the first of any thread: none may leave the parallel region itself
#pragma omp parallel for schedule(static) num_threads(static_cast <int>(workers))
  for (int64_t worker = 0; worker < workers; ++worker) {
    omp_set_num_threads(1);  // for this range only: a library called in it must not share the work out again
    try {
      body(count * worker / workers, count * (worker + 1) / workers);
    } catch (...) {
#pragma omp critical
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace pare
