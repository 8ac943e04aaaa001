#include "framework/parallel/thread_pool.h"

#include <algorithm>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace pare {
namespace {

void pause() {
#if defined(__SSE2__)
  _mm_pause();
#endif
}

// Waits until `value` is no longer `old`. For some fifty microseconds by looking, since the next loop, or the
// end of a part, mostly comes soon and being woken takes longer; then asleep, since the core may be wanted.
template <class T>
void wait_for_change(const std::atomic<T>& value, T old) {
  constexpr int kLooks = 2000;
  for (int look = 0; look < kLooks; ++look) {
    if (value.load(std::memory_order_acquire) != old) return;
    pause();
  }
  value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadPool::~ThreadPool() {
  ends_.store(true, std::memory_order_relaxed);
  started_.fetch_add(1, std::memory_order_release);
  started_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::run(int64_t parts, int threads, const std::function<void(int64_t)>& body) {
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) {
    for (int64_t i = 0; i < parts; ++i) body(i);
    return;
  }
  start(parts, threads, body);
  take_parts(0, loop_);
  for (int32_t done; (done = done_.load(std::memory_order_acquire)) < parts_;) wait_for_change(done_, done);
}

void ThreadPool::start(int64_t parts, int threads, const std::function<void(int64_t)>& body) {
  threads = static_cast<int>(std::min<int64_t>(threads, parts));
  while (std::ssize(workers_) < threads - 1)
    workers_.emplace_back([this, thread = static_cast<int>(workers_.size()) + 1] { work(thread); });
  threads_.store(threads, std::memory_order_relaxed);
  ++loop_;
  body_ = &body;
  parts_ = static_cast<int32_t>(parts);
  done_.store(0, std::memory_order_relaxed);
  // A stretch for each thread, so that it finds in its cache what it left there in the loop before.
  for (int64_t i = 0; i < Parts::kMost; ++i) {
    const auto begin_of = [&](int64_t stretch) {
      return static_cast<uint64_t>(parts * std::min<int64_t>(stretch, threads) / threads);
    };
    stretches_[static_cast<size_t>(i)].store(Stretch{loop_, begin_of(i + 1), begin_of(i)}.word(),
                                             std::memory_order_release);
  }
  started_.store(static_cast<uint32_t>(loop_), std::memory_order_release);
  started_.notify_all();
}

void ThreadPool::work(int thread) {
  for (uint32_t seen = 0;;) {
    wait_for_change(started_, seen);
    seen = started_.load(std::memory_order_acquire);
    if (ends_.load(std::memory_order_relaxed)) return;
    if (thread < threads_.load(std::memory_order_relaxed))
      take_parts(thread, Stretch::of(stretches_[0].load(std::memory_order_acquire)).loop);
  }
}

void ThreadPool::take_parts(int thread, uint64_t loop) {
  for (int64_t k = 0; k < Parts::kMost; ++k) {
    std::atomic<uint64_t>& stretch = stretches_[static_cast<size_t>((thread + k) % Parts::kMost)];
    for (int64_t part; (part = take(stretch, loop)) >= 0;) {
      (*body_)(part);
      const int32_t all = parts_;
      if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == all) done_.notify_all();
    }
  }
}

// The next part, or -1 when the stretch is done or belongs to another loop.
int64_t ThreadPool::take(std::atomic<uint64_t>& stretch, uint64_t loop) {
  uint64_t word = stretch.load(std::memory_order_acquire);
  for (;;) {
    const Stretch now = Stretch::of(word);
    if (now.loop != loop || now.next >= now.end) return -1;
    if (stretch.compare_exchange_weak(word, Stretch{loop, now.end, now.next + 1}.word(),
                                      std::memory_order_acq_rel, std::memory_order_acquire))
      return static_cast<int64_t>(now.next);
  }
}

}  // namespace pare
