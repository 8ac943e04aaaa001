#include "framework/parallel/threads.h"

#include <omp.h>

#include <algorithm>
#include <array>
#include <exception>

#include "framework/parallel/context.h"
#include "framework/parallel/thread_pool.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

namespace pare {
namespace {

thread_local bool computes_alone = false;

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

int threads() { return computes_alone ? 1 : Context::current().threads(); }

// oneDNN takes OpenMP's number, which is one of the calling thread and not of the process.
SingleThread::SingleThread() : before_(computes_alone), before_in_openmp_(omp_get_max_threads()) {
  computes_alone = true;
  omp_set_num_threads(1);
}
SingleThread::~SingleThread() {
  computes_alone = before_;
  omp_set_num_threads(before_in_openmp_);
}

Parts::Parts(int64_t count, int64_t grain)
    : count_(std::max<int64_t>(count, 0)),
      parts_(std::clamp<int64_t>(count_ / std::max<int64_t>(grain, 1), count_ > 0 ? 1 : 0, kMost)) {}

std::vector<int64_t> Parts::sizes() const {
  if (parts_ == 0) return {};
  const int64_t smaller = count_ / parts_;
  if (count_ % parts_ == 0) return {smaller};
  return {smaller, smaller + 1};
}

void parallel(const Parts& parts, const std::function<void(int64_t, IndexRange)>& body) {
  const Context& context = Context::current();
  const auto do_part = [&](int64_t i) {
    const Context::Scope scope(context);
    const SingleThread single;
    const NoDenormals no_denormals;
    body(i, parts[i]);
  };
  if (parts.size() <= 1 || threads() == 1) {
    for (int64_t i = 0; i < parts.size(); ++i) do_part(i);
    return;
  }
  std::array<std::exception_ptr, Parts::kMost> errors;
  context.pool().run(parts.size(), threads(), [&](int64_t i) {
    try {
      do_part(i);
    } catch (...) {
      errors[static_cast<size_t>(i)] = std::current_exception();
    }
  });
  for (const std::exception_ptr& error : errors)
    if (error) std::rethrow_exception(error);
}

void parallel_ranges(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& body) {
  parallel(Parts(count, grain), [&](int64_t, IndexRange part) { body(part.begin, part.end); });
}

}  // namespace pare
