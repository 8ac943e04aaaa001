#include "framework/files/append_file.h"

#include <fcntl.h>

#include "framework/files/bytes.h"

namespace pare {

AppendFile::AppendFile(const std::string& path)
    : path_(path), file_(path, O_WRONLY | O_CREAT | O_APPEND), size_(file_.size()) {}

void AppendFile::append(std::string_view line) {
  check(line.find('\n') == std::string_view::npos, path_, ": a line to append contains a newline");
  const std::string record = std::string(line) + '\n';
  file_.write_whole(bytes_of(record));
  size_ += record.size();
}

void AppendFile::truncate(uint64_t size) {
  require(size <= size_, Failure::Data, path_, ": has ", size_, " bytes, expected at least ", size,
          "; lines were lost");
  file_.truncate(size);
  size_ = size;
}

}  // namespace pare
