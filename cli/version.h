// What `pare --version` says.
#pragma once

#include <string>

namespace pare {

// The commit that the program was built from, or "unknown" (cmake/commit.cmake).
const char* program_commit();
// What decides about the bytes of a run besides its config: program, compiler, oneDNN and instruction set, a
// line each.
std::string program_version();

}  // namespace pare
