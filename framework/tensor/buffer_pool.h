// The memory behind tensors: 64-byte-aligned blocks that are kept and handed out again.
//
// A training step allocates the same sizes over and over. glibc gives large blocks back to the kernel at
// each free, and page-faulting 100 MB of activations anew costs as much as a layer; so freed blocks wait
// here in lists by size class. Safe to call from several threads.
#pragma once

#include <cstddef>
#include <memory>

namespace pare {

// A block of at least `bytes` bytes, uninitialised, aligned to 64. It returns to the pool with its last
// owner.
std::shared_ptr<std::byte> pooled_block(size_t bytes);

// Frees every waiting block, for malloc to make blocks of other sizes of them; the process keeps the memory.
// Worth calling after shapes have shrunk for good.
void trim_pool();

// How often the system was asked for memory, since the start.
size_t system_allocations();

}  // namespace pare
