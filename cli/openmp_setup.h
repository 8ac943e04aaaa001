// Settings of the OpenMP runtime that can only be made before it is loaded.
#pragma once

namespace pare {

// Makes waiting threads sleep after a few microseconds instead of spinning, unless the environment already
// says how they shall wait. On a busy machine a spinning thread takes the CPU from the one it waits for: two
// threads then run four times slower than one. The runtime reads its settings when it is loaded, so this
// starts the program anew, once.
void calm_openmp(char** argv);

}  // namespace pare
