#include "framework/data/sources/texts/text_set.h"

#include <algorithm>

#include "framework/base/error.h"

namespace pare {

void TextSet::add(std::string_view text, int32_t label, std::string name) {
  require(!text.empty(), Failure::Data, name, ": the text is empty; leave it out");
  const std::vector<int16_t> numbers = preprocessing_.numbers_of(text, name);
  units_ += std::ssize(numbers);
  unknown_ += std::ranges::count_if(numbers, [](int number) { return number < 0; });
  const auto taken = std::min<std::ptrdiff_t>(std::ssize(numbers), input_.height);
  numbers_.insert(numbers_.end(), numbers.begin(), numbers.begin() + taken);
  ends_.push_back(numbers_.size());
  labels_.push_back(label);
  names_.push_back(std::move(name));
}

const std::byte* TextSet::read(int index, std::vector<std::byte>& buffer) const {
  const auto at = static_cast<size_t>(index);
  const size_t begin = at == 0 ? 0 : ends_[at - 1];
  buffer.assign(input_.bytes(), std::byte{0});
  TextPreprocessing::mark(std::span(numbers_).subspan(begin, ends_[at] - begin), input_, buffer.data());
  return buffer.data();
}

uint32_t TextSet::fingerprint() const {
  return fingerprint_of(input_, {checksum_of(numbers_), checksum_of(ends_), checksum_of(labels_)});
}

}  // namespace pare
