// ExampleFiles: files that are examples, each of a class, and which of them are for what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pare {

// Files below one folder, sorted by class, then by name as bytes.
struct ExampleFiles {
  std::string folder{};
  std::vector<std::string> names{};  // below it: "cat/1.png"
  std::vector<int32_t> labels{};
  std::vector<std::string> groups{};  // (N), which of them belong together; or none

  size_t count() const { return names.size(); }
  std::string path(size_t index) const { return folder + "/" + names[index]; }
  void append(const ExampleFiles& from, size_t index);
};

struct FoundFiles {
  std::vector<std::string> classes;  // sorted by name, or by value if all are numbers
  ExampleFiles train, validation, test;
  bool divided = false;  // into folders train, test and perhaps validation; otherwise all are in `train`
  std::vector<std::string> notes;
};

}  // namespace pare
