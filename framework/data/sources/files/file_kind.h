// FileKind: which files of a folder are examples, and what they are called in messages.
#pragma once

#include <string>
#include <vector>

namespace pare {

struct FileKind {
  std::string one, many;            // "picture", "pictures"
  std::vector<std::string> taken;   // endings of their names, small letters: ".png"
  std::vector<std::string> others;  // endings of other formats of the same, which are refused
  std::string advice;               // what to do about those: "only PNG and JPEG are read; ..."

  // By the name's ending, in whatever case.
  bool takes(const std::string& name) const;
  // Throws Failure::Data for a file of another format of the same: leaving it out without a word would be
  // learning from fewer examples than there are.
  void refuse_other(const std::string& path) const;
  std::string endings() const;  // "*.png, *.jpg"
  std::string example() const;  // "PICTURE.png"
};

}  // namespace pare
