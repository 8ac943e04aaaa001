#include "framework/data/text/alphabet.h"

#include <algorithm>

#include "framework/base/error.h"

namespace pare {
namespace {

constexpr char32_t kByteOrderMark = 0xFEFF, kLast = 0x10FFFF;

// How many bytes a character takes that begins with this one; 0: none does.
int length_of(uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  return first >= 0xF0 && first < 0xF5 ? 4 : 0;
}

// What a longer form than needed could have been written in.
constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};

bool is_character(char32_t point, int length) {
  const bool surrogate = point >= 0xD800 && point < 0xE000;
  return point >= kLeast[length] && point <= kLast && !surrogate;
}

}  // namespace

std::u32string characters_of(std::string_view utf8, const std::string& where) {
  std::u32string characters;
  characters.reserve(utf8.size());
  for (size_t at = 0; at < utf8.size();) {
    const auto first = static_cast<uint8_t>(utf8[at]);
    const int length = length_of(first);
    bool good = length > 0 && at + static_cast<size_t>(length) <= utf8.size();
    char32_t point = length == 1 ? first : first & (0x7Fu >> length);
    for (int i = 1; good && i < length; ++i) {
      const auto next = static_cast<uint8_t>(utf8[at + static_cast<size_t>(i)]);
      good = (next & 0xC0) == 0x80;
      point = point << 6 | (next & 0x3F);
    }
    require(good && is_character(point, length), Failure::Data, where, ": is no UTF-8 text at byte ", at,
            "; convert it, as by `iconv -f LATIN1 -t UTF-8`, or read it as bytes: \"units\": \"bytes\"");
    if (at > 0 || point != kByteOrderMark) characters.push_back(point);
    at += static_cast<size_t>(length);
  }
  return characters;
}

std::string utf8_of(std::u32string_view characters) {
  std::string utf8;
  const auto add = [&](char32_t bits) { utf8.push_back(static_cast<char>(bits)); };
  for (const char32_t c : characters) {
    if (c < 0x80) {
      add(c);
    } else if (c < 0x800) {
      add(0xC0 | c >> 6);
    } else if (c < 0x10000) {
      add(0xE0 | c >> 12);
      add(0x80 | (c >> 6 & 0x3F));
    } else {
      add(0xF0 | c >> 18);
      add(0x80 | (c >> 12 & 0x3F));
      add(0x80 | (c >> 6 & 0x3F));
    }
    if (c >= 0x80) add(0x80 | (c & 0x3F));
  }
  return utf8;
}

Alphabet::Alphabet(std::string_view characters, const std::string& where)
    : characters_(characters_of(characters, where)) {
  require(!characters_.empty(), Failure::Data, where, ": no characters");
  require(characters_.size() <= kMost, Failure::Data, where, ": ", characters_.size(),
          " characters, expected at most ", kMost);
  ascii_.fill(kUnknown);
  for (int i = 0; i < size(); ++i) {
    const char32_t c = (*this)[i];
    require(number_of(c) == kUnknown, Failure::Data, where, ": '", utf8_of({&c, 1}), "' is there twice");
    if (c < ascii_.size()) {
      ascii_[c] = static_cast<int16_t>(i);
    } else {
      others_.insert(std::ranges::upper_bound(others_, std::pair{c, i}), {c, i});
    }
  }
}

int Alphabet::number_of(char32_t character) const {
  if (character < ascii_.size()) return ascii_[character];
  const auto found = std::ranges::lower_bound(others_, character, {}, &std::pair<char32_t, int>::first);
  return found != others_.end() && found->first == character ? found->second : kUnknown;
}

}  // namespace pare
