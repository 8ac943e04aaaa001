#include "framework/base/threads.h"

#include <omp.h>

#include <algorithm>
#include <exception>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace pare {
namespace {

// What set_workers asked for; 0: all threads work. As OpenMP's number of threads, it is the calling thread's.
thread_local int fewer_workers = 0;

// While it lives, this thread works alone.
class Single {
 public:
  Single() { omp_set_num_threads(1); }
  ~Single() { omp_set_num_threads(before_); }
  Single(const Single&) = delete;
  Single& operator=(const Single&) = delete;

 private:
  int before_ = omp_get_max_threads();
};

// While it lives, this thread takes denormal numbers for zeros and makes none. x86 CPUs compute with them
// slowly, and there are many: moments of a dead channel's weights shrink for ever, 0.9 times a few of the
// smallest numbers being as many again, and what is left of a gradient is squared.
class NoDenormals {
 public:
#if defined(__SSE__)
  NoDenormals() { _mm_setcsr(before_ | kFlushResults | kZeroInputs); }
  ~NoDenormals() { _mm_setcsr(before_); }
#else
  NoDenormals() {}
#endif
  NoDenormals(const NoDenormals&) = delete;
  NoDenormals& operator=(const NoDenormals&) = delete;

 private:
#if defined(__SSE__)
  static constexpr unsigned kFlushResults = 0x8000, kZeroInputs = 0x0040;
  unsigned before_ = _mm_getcsr();
#endif
};

}  // namespace

void set_threads(int count) {
  omp_set_num_threads(std::max(count, 1));
  fewer_workers = 0;
}

int threads() { return omp_get_max_threads(); }

void set_workers(int count) { fewer_workers = count; }

int workers() { return fewer_workers > 0 ? std::min(fewer_workers, threads()) : threads(); }

void parallel_ranges(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body,
                     Cut cut) {
  if (count <= 0) return;
  const int most = cut == Cut::DoesNotMatter && workers() == 1 ? 1 : threads();
  const int64_t parts = std::clamp<int64_t>(count / std::max<int64_t>(grain, 1), 1, most);
  const auto do_part = [&](int64_t part) {
    const Single single;
    const NoDenormals no_denormals;
    body(count * part / parts, count * (part + 1) / parts);
  };
  if (parts == 1 || workers() == 1) {
    for (int64_t part = 0; part < parts; ++part) do_part(part);
    return;
  }
  std::exception_ptr error;  // the first of any thread: none may leave the parallel region itself
  // A team of one size for all loops: OpenMP ends the threads that a smaller one has no use for.
#pragma omp parallel for schedule(static) num_threads(workers())
  for (int64_t part = 0; part < parts; ++part) {
    try {
      do_part(part);
    } catch (...) {
#pragma omp critical
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace pare
