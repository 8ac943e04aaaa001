// How many threads work, and the one parallel loop the hand-written kernels share.
#pragma once

#include <cstdint>
#include <functional>

namespace pare {

// The CPUs this process may really use: its affinity mask, capped by the cgroup's quota.
int usable_cpus();

// Threads for all kernels (OpenMP and oneDNN) from here on; at least 1.
void set_threads(int count);
int threads();

// Calls body(begin, end) on disjoint ranges that cover [0, count), one range a thread, in parallel when there
// are at least two grains of work. The split depends only on count, grain and the number of threads, so sums
// that are made per range are reproducible. Within a range threads() is 1 if others run beside it. An
// exception of a range is thrown on when all are done.
void parallel_ranges(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body);

}  // namespace pare
