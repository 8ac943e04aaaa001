#include "tests/support/system_memory.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace {

std::atomic<size_t> g_system_requests{0}, g_malloc_settings{0};

}  // namespace

namespace pare {

size_t system_requests() { return g_system_requests; }
size_t malloc_settings() { return g_malloc_settings; }

}  // namespace pare

#if !defined(__SANITIZE_ADDRESS__)
namespace {

// glibc marks a chunk that was mapped for itself in the word in front of the block.
bool is_mapped(const void* block) {
  constexpr size_t kMapped = 2;
  return block != nullptr && (static_cast<const size_t*>(block)[-1] & kMapped) != 0;
}

template <class Allocate>
void* counted(const Allocate& allocate) {
  const void* const end = sbrk(0);
  void* const block = allocate();
  if (is_mapped(block) || sbrk(0) > end) g_system_requests.fetch_add(1, std::memory_order_relaxed);
  return block;
}

}  // namespace

// A program's own definitions come before those of libc, for shared libraries too. glibc exports what its own
// call, so that wrappers like these can; `free` stays libc's.
extern "C" {

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* block, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
int __libc_mallopt(int parameter, int value);

void* malloc(size_t size) {
  return counted([=] { return __libc_malloc(size); });
}
void* calloc(size_t count, size_t size) {
  return counted([=] { return __libc_calloc(count, size); });
}
void* realloc(void* block, size_t size) {
  return counted([=] { return __libc_realloc(block, size); });
}
void* aligned_alloc(size_t alignment, size_t size) {
  return counted([=] { return __libc_memalign(alignment, size); });
}
void* memalign(size_t alignment, size_t size) { return aligned_alloc(alignment, size); }
int posix_memalign(void** block, size_t alignment, size_t size) {
  *block = aligned_alloc(alignment, size);
  return *block == nullptr ? ENOMEM : 0;
}
int mallopt(int parameter, int value) {
  g_malloc_settings.fetch_add(1, std::memory_order_relaxed);
  return __libc_mallopt(parameter, value);
}
}
#endif
