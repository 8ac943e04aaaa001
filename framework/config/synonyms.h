// What other frameworks call the words of a config.
#pragma once

#include <string_view>
#include <vector>

namespace pare {

struct Synonym {
  std::string_view theirs;  // small letters, without "_" and "-"
  std::string_view ours;
  std::string_view more = {};  // what else to write
};

// Ours among these names, for a word of theirs; nullptr: none.
const Synonym* synonym_of(std::string_view word, const std::vector<std::string>& known);

}  // namespace pare
