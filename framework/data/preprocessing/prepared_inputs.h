// PreparedInputs: examples without answers, in memory.
#pragma once

#include <utility>

#include "framework/data/source.h"

namespace pare {

class PreparedInputs : public Source {
 public:
  // `inputs`: (N,H,W,C) of the shape's elements; `names`: (N).
  PreparedInputs(const InputShape& shape, std::vector<std::byte> inputs, std::vector<std::string> names)
      : shape_(shape), inputs_(std::move(inputs)), names_(std::move(names)) {}

  InputShape input() const override { return shape_; }
  int count() const override { return static_cast<int>(names_.size()); }
  const std::byte* read(int index, std::vector<std::byte>&) const override {
    return inputs_.data() + static_cast<size_t>(index) * shape_.bytes();
  }
  std::string name(int index) const override { return names_[static_cast<size_t>(index)]; }
  uint32_t fingerprint() const override { return fingerprint_of(shape_, {checksum_of(inputs_)}); }

 private:
  InputShape shape_;
  std::vector<std::byte> inputs_;
  std::vector<std::string> names_;
};

}  // namespace pare
