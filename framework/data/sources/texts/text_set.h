// TextSet: examples that are texts in memory.
#pragma once

#include "framework/data/preprocessing/text_preprocessing.h"
#include "framework/data/source.h"

namespace pare {

class TextSet : public Source {
 public:
  TextSet(const TextPreprocessing& preprocessing, const InputShape& input)
      : preprocessing_(preprocessing), input_(input) {}

  // Throws Failure::Data naming `name` when it is empty or no UTF-8.
  void add(std::string_view text, int32_t label, std::string name);
  // Characters of all texts, whole ones, and those of them that are not in the alphabet.
  int64_t units() const { return units_; }
  int64_t unknown() const { return unknown_; }

  InputShape input() const override { return input_; }
  int count() const override { return static_cast<int>(labels_.size()); }
  const std::byte* read(int index, std::vector<std::byte>& buffer) const override;
  int32_t label(int index) const override { return labels_[static_cast<size_t>(index)]; }
  std::string name(int index) const override { return names_[static_cast<size_t>(index)]; }
  uint32_t fingerprint() const override;

 private:
  TextPreprocessing preprocessing_;
  InputShape input_;
  std::vector<int16_t> numbers_;    // of all texts, each cut to the input's length
  std::vector<size_t> ends_;        // (N), in numbers_
  std::vector<int32_t> labels_;     // (N)
  std::vector<std::string> names_;  // (N)
  int64_t units_ = 0, unknown_ = 0;
};

}  // namespace pare
