// What this process has used so far.
#pragma once

#include <cstdint>

namespace pare {

double wall_clock();  // seconds since some moment in the past
double cpu_clock();   // seconds of all threads, user and system
int64_t peak_memory_bytes();

}  // namespace pare
