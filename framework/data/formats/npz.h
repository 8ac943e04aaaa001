// NumPy's .npz format: a zip of .npy files, stored or deflated.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "framework/data/formats/npy.h"

struct zip;

namespace pare {

class NpzFile {
 public:
  // Throws Failure::Data naming the file when it is no zip.
  explicit NpzFile(const std::string& path);

  // Of its arrays, without the ".npy", in the file's order.
  const std::vector<std::string>& names() const { return names_; }
  // Throws Failure::Data naming file and array, also when it claims to be longer than what is packed in it
  // can be.
  NpyArray read(const std::string& name) const;

 private:
  std::string path_;
  std::unique_ptr<zip, void (*)(zip*)> archive_;
  std::vector<std::string> names_;
};

bool looks_like_zip(std::span<const uint8_t> bytes);

}  // namespace pare
