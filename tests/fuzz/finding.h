// What counts as a finding, and files that exist in memory only.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "framework/base/error.h"
#include "tests/fuzz/targets.h"

namespace pare::fuzz {

inline void expect(bool ok, const std::string& what) {
  if (!ok) throw std::logic_error("finding: " + what);
}

// A refusal blames the user or the file, in one short line that a terminal can show.
inline void check_refusal(const Error& error) {
  const std::string_view line = error.what();
  expect(error.failure() == Failure::Data || error.failure() == Failure::Usage,
         text("refused with exit code ", static_cast<int>(error.failure()), ": ", line));
  expect(!line.empty() && line.size() < 2000, text("a refusal of ", line.size(), " bytes"));
  for (const char c : line)
    expect(static_cast<unsigned char>(c) >= ' ', text("a control character in: ", line));
}

// Whether `read` took what it was given. What it throws besides a proper refusal goes on to the caller.
template <class Read>
bool accepts(const Read& read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    check_refusal(error);
    return false;
  }
}

class MemoryFile {
 public:
  explicit MemoryFile(std::span<const uint8_t> bytes) : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
    expect(descriptor_ >= 0 && write(descriptor_, bytes.data(), bytes.size()) == std::ssize(bytes),
           "no memory for a file");
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return text("/proc/self/fd/", descriptor_); }

 private:
  int descriptor_;
};

}  // namespace pare::fuzz
