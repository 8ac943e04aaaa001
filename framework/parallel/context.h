// Context: on how many threads work is done, what becomes of freed memory, and by which algorithms.
//
// All of that belongs to the calling thread, within a scope, and nothing of it to the process: a host program
// is not changed by what Pare does in it, and two of its threads may work in two contexts at the same time.
#pragma once

#include <memory>

namespace pare {

class ThreadPool;

// What becomes of a tensor's memory: it waits for the next tensor of its size, or malloc has it back at once.
enum class FreedMemory { Kept, Returned };

struct ContextOptions {
  int threads = 0;  // that share a loop, the calling one among them; 0: one for each usable CPU
  FreedMemory freed_memory = FreedMemory::Kept;
  bool winograd = true;  // whether convolutions may be made by Winograd's algorithm, where that is faster
};

class Context {
 public:
  // Its threads start with the first loop they share. Throws Failure::Usage as threads_for (cpus.h) does.
  explicit Context(const ContextOptions& options = {});
  ~Context();  // ends its threads; no scope of it may be left
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const ContextOptions& options() const { return options_; }
  int threads() const { return options_.threads; }
  FreedMemory freed_memory() const { return options_.freed_memory; }
  bool winograd() const { return options_.winograd; }
  ThreadPool& pool() const { return *pool_; }  // for parallel() (threads.h)

  // The calling thread's: that of its innermost scope, or else the default one, which all threads share. It
  // has the options' defaults and is made on first use. A part of a loop is done in the context of the loop.
  static const Context& current();

  // While it lives, the context is the calling thread's current one.
  class Scope {
   public:
    explicit Scope(const Context& context);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    const Context* before_;
  };

 private:
  ContextOptions options_;
  std::unique_ptr<ThreadPool> pool_;
};

}  // namespace pare
