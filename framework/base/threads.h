// How many threads work, and the one parallel loop all kernels share.
//
// Two numbers: work is cut for threads() of them, and sums are made part by part, so a run's numbers depend
// on it. Who does the parts is free: workers() threads, at most threads(), which may change at any time and
// changes no bit. Both settings belong to the calling thread and hold for the loops it starts.
#pragma once

#include <cstdint>
#include <functional>

namespace pare {

// Threads to cut work for from here on, at least 1, all of which work.
void set_threads(int count);
int threads();

// How many of the threads really work, from 1 to threads(). The others sleep.
void set_workers(int count);
int workers();

// Whether numbers could depend on where work is cut. Where they do not, a lone worker does all of it at once.
enum class Cut { Matters, DoesNotMatter };

// So many rows of numbers that a loop which does a little with each has work for a thread.
constexpr int64_t grain_of_rows(int64_t columns) {
  constexpr int64_t kNumbers = 1 << 15;
  return kNumbers / (columns > 0 ? columns : 1) + 1;
}

// Calls body(begin, end) on disjoint ranges that cover [0, count), one a thread when there are as many grains
// of work. Where the cut matters, they depend only on count, grain and threads(), so sums that are made per
// range are reproducible. Within a range threads() is 1: what is called there does not share its work out
// again, and on x86 denormal numbers are zeros. If ranges throw, the first exception is rethrown once no
// range is running.
void parallel_ranges(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body,
                     Cut cut = Cut::Matters);

}  // namespace pare
