// Alphabet: the characters that a network tells apart in a text, and their numbers.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pare {

// The Unicode characters of UTF-8 text; a byte order mark at its beginning is left out. Throws Failure::Data
// naming `where` and the byte at which it is none.
std::u32string characters_of(std::string_view utf8, const std::string& where);
std::string utf8_of(std::u32string_view characters);

class Alphabet {
 public:
  static constexpr int kUnknown = -1;
  static constexpr size_t kMost = 8192;

  // Numbers from 0 on in this order. Throws Failure::Data naming `where` when there are none or too many, one is there
  // twice, or it is no UTF-8.
  Alphabet(std::string_view characters, const std::string& where);

  int size() const { return static_cast<int>(characters_.size()); }
  char32_t operator[](int number) const { return characters_[static_cast<size_t>(number)]; }
  int number_of(char32_t character) const;

 private:
  std::u32string characters_;
  std::array<int16_t, 128> ascii_;
  std::vector<std::pair<char32_t, int>> others_;  // sorted
};

}  // namespace pare
