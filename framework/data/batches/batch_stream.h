// BatchStream: the batches of consecutive steps, each made while the one before is trained on.
#pragma once

#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "framework/data/batches/batches.h"
#include "framework/parallel/context.h"

namespace pare {

// A batch is a function of its step, so it does not matter which thread makes it, or when.
class BatchStream {
 public:
  enum class Ahead { No, OnASpareThread };
  // On a spare thread where the current context has several.
  static Ahead usual();

  // From this step on. `batches` outlives the stream, and is asked by nothing else meanwhile.
  BatchStream(const Batches& batches, int64_t first_step, Ahead ahead = usual());
  ~BatchStream();
  BatchStream(const BatchStream&) = delete;
  BatchStream& operator=(const BatchStream&) = delete;

  int64_t per_epoch() const { return batches_.per_epoch(); }
  // The next step's. Throws what making it has thrown.
  Batch next();

 private:
  Batch make(int64_t step) const;
  void work();

  const Batches& batches_;
  // The maker's, like that of the thread that asks, but with threads of its own: those of a batch that is
  // decoded do not keep the step's loops waiting.
  Context context_;
  int64_t step_;  // of the next batch to be made
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Batch> ready_;
  std::exception_ptr fault_;
  bool done_ = false;
  std::thread maker_;
};

}  // namespace pare
