#include "framework/data/batches/batch_stream.h"

#include <utility>

#include "framework/parallel/threads.h"

namespace pare {

BatchStream::Ahead BatchStream::usual() { return threads() > 1 ? Ahead::OnASpareThread : Ahead::No; }

BatchStream::BatchStream(const Batches& batches, int64_t first_step, Ahead ahead)
    : batches_(batches), context_(Context::current().options()), step_(first_step) {
  if (ahead == Ahead::OnASpareThread) maker_ = std::thread([this] { work(); });
}

BatchStream::~BatchStream() {
  if (!maker_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  maker_.join();
}

Batch BatchStream::make(int64_t step) const {
  const int64_t per_epoch = batches_.per_epoch();
  return batches_.get(static_cast<int>(step / per_epoch), static_cast<int>(step % per_epoch));
}

void BatchStream::work() {
  const Context::Scope scope(context_);
  std::unique_lock lock(mutex_);
  while (!done_ && !fault_) {
    const int64_t step = step_++;
    lock.unlock();
    std::optional<Batch> batch;
    std::exception_ptr fault;
    try {
      batch = make(step);
    } catch (...) {
      fault = std::current_exception();
    }
    lock.lock();
    changed_.wait(lock, [&] { return done_ || !ready_; });
    ready_ = std::move(batch);
    fault_ = fault;
    changed_.notify_all();
  }
}

Batch BatchStream::next() {
  if (!maker_.joinable()) return make(step_++);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ready_ || fault_; });
  if (!ready_) std::rethrow_exception(fault_);
  Batch batch = *std::exchange(ready_, std::nullopt);
  changed_.notify_all();
  return batch;
}

}  // namespace pare
