// TableSet: examples that are rows of a table in memory, or windows of consecutive rows.
#pragma once

#include "framework/data/source.h"
#include "framework/data/sources/asked.h"

namespace pare {

class TableSet : public Source {
 public:
  // `numbers`: (rows,C); example i is input.height rows from row starts[i] on, and is called names[i];
  // groups: (N), or none if each example is by itself.
  TableSet(std::shared_ptr<const std::vector<float>> numbers, InputShape input, std::vector<int> starts,
           Asked asked, std::vector<std::string> names, std::vector<int32_t> groups);

  InputShape input() const override { return input_; }
  int count() const override { return static_cast<int>(starts_.size()); }
  const std::byte* read(int index, std::vector<std::byte>&) const override;
  int32_t label(int index) const override { return asked_.label(index); }
  std::span<const float> values(int index) const override { return asked_.of(index); }
  int32_t group(int index) const override {
    return groups_.empty() ? index : groups_[static_cast<size_t>(index)];
  }
  std::string name(int index) const override { return names_[static_cast<size_t>(index)]; }
  uint32_t fingerprint() const override;

 private:
  std::shared_ptr<const std::vector<float>> numbers_;
  InputShape input_;
  std::vector<int> starts_;
  Asked asked_;
  std::vector<std::string> names_;
  std::vector<int32_t> groups_;
};

}  // namespace pare
