// NamePattern: what the parts of file names mean.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pare {

// "{class}_{speaker}_{take}" reads 7_jackson_0 as class 7, speaker jackson, take 0. A part has one letter or
// more and no "/"; it ends where the text behind it in the pattern begins for the first time, and the last
// one takes the rest.
class NamePattern {
 public:
  // Throws Failure::Usage when the pattern has no {class}, two parts of one name, nothing between two parts,
  // or braces that do not match.
  explicit NamePattern(const std::string& pattern);

  const std::string& text() const { return text_; }
  // The value of each part, in order; nothing when the name does not fit.
  std::optional<std::vector<std::string>> match(std::string_view name) const;
  // Which part is called so. Throws Failure::Usage naming the config's `key` when none is.
  size_t part(const std::string& name, const char* key) const;
  int folders() const;  // how many a name has before the file: 1 of "{class}/{number}"

 private:
  std::string text_;
  std::vector<std::string> parts_;
  std::vector<std::string> between_;  // one more than parts: before the first, ..., behind the last
};

}  // namespace pare
