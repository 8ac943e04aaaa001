// Reading whole files, and writing files that are either complete or not there.
//
// Everything here throws Failure::Data with one line: the path, what could not be done, and why.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pare {

// The whole file. Refuses one larger than `limit` bytes before it fills the memory.
std::vector<uint8_t> read_file(const std::string& path, uint64_t limit);
std::string read_text_file(const std::string& path, uint64_t limit);

// Writes a temporary file beside `path`, waits for the disk and renames: a program that opens `path`, even
// after a crash, finds the old bytes or the new ones, never a mixture. On failure the old file is untouched
// and the temporary one removed; temporary ones that killed processes left are removed at the next write. A
// symbolic link at `path` stays, and what it points to is written. A file that is replaced leaves the new one
// its permissions and, where the system allows it, its owner.
void write_file_atomically(const std::string& path, std::span<const uint8_t> bytes);
// These one behind the other, without a copy of them all.
void write_file_atomically(const std::string& path, std::span<const std::span<const uint8_t>> parts);
void write_file_atomically(const std::string& path, std::string_view text);

// Throws Failure::Usage when writing `output` would replace `input`.
void require_other_file(const std::string& input, const std::string& output);

// Bytes on disk, as stat says.
uint64_t file_size(const std::string& path);

// Creates the directory and its parents where missing, and makes sure that files can be created in it.
void make_directory(const std::string& path);
// The same for a directory whose parent exists, and false when something of that name is already there: of
// several processes, one makes it.
bool make_new_directory(const std::string& path);

}  // namespace pare
