// Counts how often malloc, whoever calls it in this process (Pare, oneDNN, the standard library), has to ask
// the system for memory: it maps a block of its own, or moves the end of the heap.
#pragma once

#include <cstddef>

namespace pare {

// Sanitizers bring their own malloc, so there is nothing to count with there.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kCountsSystemRequests = false;
#else
constexpr bool kCountsSystemRequests = true;
#endif

// Since the start of the program; exact while one thread allocates.
size_t system_requests();

// How often malloc's settings were changed (mallopt), since the start of the program.
size_t malloc_settings();

}  // namespace pare
