#include "train/metrics/json_lines.h"

#include "framework/files/file.h"

namespace pare {

std::vector<Json> read_json_lines(const std::string& path) {
  constexpr uint64_t kLargest = uint64_t{1} << 30;
  const std::string lines = read_text_file(path, kLargest);
  std::vector<Json> values;
  size_t start = 0;
  for (size_t end; (end = lines.find('\n', start)) != std::string::npos; start = end + 1)
    values.push_back(parse_json(std::string_view(lines).substr(start, end - start),
                                text(path, " (line ", values.size() + 1, ")"), Failure::Data));
  return values;
}

}  // namespace pare
