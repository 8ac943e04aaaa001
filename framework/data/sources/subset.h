// Subset: some examples of another source.
#pragma once

#include "framework/data/source.h"

namespace pare {

class Subset : public Source {
 public:
  Subset(std::shared_ptr<const Source> all, std::vector<int> indices)
      : all_(std::move(all)), indices_(std::move(indices)) {}

  InputShape input() const override { return all_->input(); }
  int count() const override { return static_cast<int>(indices_.size()); }
  const std::byte* read(int index, std::vector<std::byte>& buffer) const override {
    return all_->read(at(index), buffer);
  }
  int32_t label(int index) const override { return all_->label(at(index)); }
  std::span<const float> values(int index) const override { return all_->values(at(index)); }
  int32_t group(int index) const override { return all_->group(at(index)); }
  std::string name(int index) const override { return all_->name(at(index)); }
  bool decodes() const override { return all_->decodes(); }
  uint32_t fingerprint() const override {
    return fingerprint_of(input(), {all_->fingerprint(), checksum_of(indices_)});
  }

 private:
  int at(int index) const { return indices_[static_cast<size_t>(index)]; }

  std::shared_ptr<const Source> all_;
  std::vector<int> indices_;
};

}  // namespace pare
