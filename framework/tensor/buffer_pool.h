// The memory behind tensors: 64-byte-aligned blocks that are kept and handed out again.
//
// A training step allocates the same sizes over and over. glibc gives large blocks back to the kernel at
// each free, and page-faulting 100 MB of activations anew costs as much as a layer; so freed blocks wait
// here in lists by size class, unless the context (framework/parallel/context.h) says otherwise. Safe to call
// from several threads.
#pragma once

#include <cstddef>
#include <memory>

namespace pare {

// A block of at least `bytes` bytes, uninitialised, aligned to 64. With its last owner it returns to the
// pool, or to malloc if the context in which it was made returns freed memory.
std::shared_ptr<std::byte> pooled_block(size_t bytes);

// Frees every waiting block, for malloc to make blocks of other sizes of them; the process keeps the memory.
// Worth calling after shapes have shrunk for good.
void trim_pool();

// How often malloc was asked for memory, since the start.
size_t system_allocations();

// Makes malloc keep what is freed, for the whole process and all its threads, as long as it lives. oneDNN
// asks malloc for the same sizes at every step; as glibc comes, it maps large blocks anew each time and gives
// the end of its heap back, and page faults then cost more than the work. A program whose business is
// training calls this when it starts; the library never does.
void keep_memory_in_malloc();

}  // namespace pare
