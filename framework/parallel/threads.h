// The one parallel loop all kernels share.
//
// Work is cut into parts by its shape alone. Each part is computed by one thread, sums are made part by part
// and combined in a fixed order, so no bit depends on how many threads there are or which of them does what.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace pare {

// Threads that would share a loop which the calling thread starts: those of its context (context.h), or 1
// where it computes alone.
int threads();

// While it lives, the calling thread computes alone: also within oneDNN.
class SingleThread {
 public:
  SingleThread();
  ~SingleThread();
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;

 private:
  bool before_;
  int before_in_openmp_;
};

// Items [begin, end) of a loop's work.
struct IndexRange {
  int64_t begin, end;
  int64_t size() const { return end - begin; }
};

// How the work of a loop is cut.
class Parts {
 public:
  // Enough for any number of threads we know of to have something to do, few enough for partial sums.
  static constexpr int64_t kMost = 16;

  // `count` items, at least `grain` of them a part (or all in one).
  Parts(int64_t count, int64_t grain);

  int64_t size() const { return parts_; }
  IndexRange operator[](int64_t index) const {
    return {count_ * index / parts_, count_ * (index + 1) / parts_};
  }
  // How many items parts have: one number, or two that differ by 1.
  std::vector<int64_t> sizes() const;

 private:
  int64_t count_, parts_;
};

// So many rows of numbers that a loop which does a little with each has work for a thread.
constexpr int64_t grain_of_rows(int64_t columns) {
  constexpr int64_t kNumbers = 1 << 15;
  return kNumbers / (columns > 0 ? columns : 1) + 1;
}

// Calls body(index, part) for every part, on the threads of the current context. Parts are dealt out as
// threads get free, so that a thread that shares its core with another process only does fewer of them.
// Within a part threads() is 1: what is called there does not share its work out again, and on x86 denormal
// numbers are zeros. If parts throw, the exception of the first of them is rethrown once no part is running.
void parallel(const Parts& parts, const std::function<void(int64_t index, IndexRange part)>& body);

// The same for loops that do not ask for the part's index: body(begin, end).
void parallel_ranges(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body);

}  // namespace pare
