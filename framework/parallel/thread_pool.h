// ThreadPool: threads that wait for loops to share.
//
// OpenMP ends a loop with a barrier: its caller waits for all threads, also for those that did nothing
// because another process has their core. Here the caller waits only for parts that were begun, so a thread
// that does not get a core in time costs nothing but its help.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "framework/parallel/threads.h"

namespace pare {

class ThreadPool {
 public:
  ThreadPool() = default;
  ~ThreadPool();  // when no loop is under way; waits for its threads to end
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Calls body(index) for all indices below `parts` (at most Parts::kMost) on up to `threads` threads, the
  // calling one among them, which are started when they are first asked for. `body` must not throw. When
  // another thread's loop has the pool, the caller does all parts itself.
  void run(int64_t parts, int threads, const std::function<void(int64_t)>& body);

 private:
  // Parts [next, end) that are still to be done in the loop number `loop`, in one word, so that a part is
  // only taken from the loop that is under way, however late its thread wakes up.
  struct Stretch {
    uint64_t loop, end, next;
    uint64_t word() const { return loop << 16 | end << 8 | next; }
    static Stretch of(uint64_t word) { return {word >> 16, word >> 8 & 0xFF, word & 0xFF}; }
  };

  void start(int64_t parts, int threads, const std::function<void(int64_t)>& body);
  void work(int thread);
  void take_parts(int thread, uint64_t loop);
  int64_t take(std::atomic<uint64_t>& stretch, uint64_t loop);

  std::mutex mutex_;  // of who may start loops
  std::vector<std::thread> workers_;
  std::atomic<bool> ends_{false};
  std::atomic<int> threads_{1};  // that may take parts of the loop under way
  uint64_t loop_ = 0;
  // Written before the stretches of a loop are, and read by those who have taken a part of it.
  const std::function<void(int64_t)>* body_ = nullptr;
  int32_t parts_ = 0;
  std::array<std::atomic<uint64_t>, Parts::kMost> stretches_{};
  std::atomic<int32_t> done_{0};      // parts
  std::atomic<uint32_t> started_{0};  // loops, as workers wait for it
};

}  // namespace pare
