#include "framework/tensor/buffer_pool.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>
#include <map>
#include <mutex>
#include <new>
#include <vector>

#include "framework/parallel/context.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace pare {
namespace {

constexpr size_t kAlignment = 64;

// Loops run through several tensors at once, and a CPU takes a load for dependent on an earlier store whose
// address ends with the same twelve bits. Blocks of whole pages, one behind the other, would all begin almost
// alike. With this more they begin at multiples of some 1600 bytes, which stay far apart for a dozen blocks.
constexpr size_t kStagger = 23 * kAlignment, kStaggered = 1 << 16;

// Size classes: powers of two with four steps between them, so at most a fifth of a large block is
// wasted; small ones are multiples of the alignment.
size_t size_class(size_t bytes) {
  if (bytes <= kAlignment) return kAlignment;
  const size_t step = std::max(kAlignment, std::bit_floor(bytes - 1) / 4);
  const size_t size = (bytes + step - 1) / step * step;
  return size < kStaggered ? size : size + kStagger;
}

class Pool {
 public:
  std::byte* take(size_t size) {
    const std::lock_guard lock(mutex_);
    if (std::vector<std::byte*>& list = waiting_[size]; !list.empty()) {
      std::byte* const block = list.back();
      list.pop_back();
      return block;
    }
    ++system_allocations_;
    void* block = std::aligned_alloc(kAlignment, size);
    if (block == nullptr) {  // blocks of other sizes may be what is missing
      release_waiting();
      block = std::aligned_alloc(kAlignment, size);
    }
    if (block == nullptr) throw std::bad_alloc();
    return static_cast<std::byte*>(block);
  }

  void give_back(std::byte* block, size_t size) {
    const std::lock_guard lock(mutex_);
    waiting_[size].push_back(block);
  }

  void trim() {
    const std::lock_guard lock(mutex_);
    release_waiting();
  }

  size_t system_allocations() {
    const std::lock_guard lock(mutex_);
    return system_allocations_;
  }

 private:
  void release_waiting() {
    for (auto& [size, list] : waiting_) {
      for (std::byte* block : list) std::free(block);
      list.clear();
    }
  }

  std::mutex mutex_;
  std::map<size_t, std::vector<std::byte*>> waiting_;
  size_t system_allocations_ = 0;
};

// Never destroyed: tensors with static lifetime may outlive any order of destruction.
Pool& pool() {
  static Pool* const instance = new Pool;
  return *instance;
}

}  // namespace

std::shared_ptr<std::byte> pooled_block(size_t bytes) {
  const size_t size = size_class(bytes);
  if (Context::current().freed_memory() == FreedMemory::Returned)
    return {pool().take(size), [](std::byte* block) { std::free(block); }};
  return {pool().take(size), [size](std::byte* block) { pool().give_back(block, size); }};
}

void trim_pool() { pool().trim(); }

size_t system_allocations() { return pool().system_allocations(); }

void keep_memory_in_malloc() {
#if defined(__GLIBC__)
  constexpr int kLargestThreshold = 1 << 25;  // glibc takes no more
  mallopt(M_MMAP_THRESHOLD, kLargestThreshold);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 1 << 22);
#endif
}

}  // namespace pare
