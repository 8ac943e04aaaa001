// "did you mean": what somebody may have meant among the names there are.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pare {

// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`; case does not count.
int edit_distance(std::string_view a, std::string_view b);

// What follows "unknown key 'lrr'": ", did you mean 'lr'? known keys: name, lr", without the question when
// nothing is near. At most a third of the letters may be wrong, unless other frameworks call it so
// (synonyms.h). `noun`: "keys".
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known, std::string_view noun);

// "a, b, c"
std::string comma_list(const std::vector<std::string>& words);

}  // namespace pare
