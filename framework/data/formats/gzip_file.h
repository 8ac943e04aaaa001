// Reads files that may or may not be compressed with gzip; the file's first bytes decide, not its name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pare {

// The whole, decompressed contents. Memory grows with the bytes that really come, so a lying file costs no
// more than `largest` bytes. Throws Failure::Data, naming the file, when it cannot be read, is longer than
// `largest`, or is a gzip stream that is damaged or ends too early.
std::vector<uint8_t> read_gzip_file(const std::string& path, size_t largest = size_t{1} << 30);

}  // namespace pare
