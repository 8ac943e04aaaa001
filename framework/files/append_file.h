// AppendFile: a file that grows by whole lines, such as metrics.jsonl.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "framework/files/descriptor.h"

namespace pare {

// Each line has reached the system when `append` returns, so it survives the end of this process; `sync`
// makes it survive a power cut as well. A line that cannot be written whole is taken back. Errors throw
// Failure::Data naming the file and the reason.
class AppendFile {
 public:
  explicit AppendFile(const std::string& path);  // continues an existing file

  void append(std::string_view line);  // without its newline
  uint64_t size() const { return size_; }
  void sync() { file_.sync(); }

  // Forgets everything from byte `size` on: what a resumed run does with the lines written after its
  // checkpoint. Throws when the file is shorter than that.
  void truncate(uint64_t size);

 private:
  std::string path_;
  Descriptor file_;
  uint64_t size_ = 0;
};

}  // namespace pare
