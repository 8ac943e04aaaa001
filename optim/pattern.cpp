#include "optim/pattern.h"

#include <optional>

namespace pare {
namespace {

std::optional<ParameterTag> tag_called(std::string_view word) {
  for (const ParameterTag tag : kParameterTags)
    if (word == name(tag)) return tag;
  return std::nullopt;
}

}  // namespace

// Without recursion: after a mismatch the last '*' takes one character more.
bool matches_glob(std::string_view glob, std::string_view text) {
  size_t g = 0, t = 0, star = std::string_view::npos, taken = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      taken = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g, ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

Pattern Pattern::parse(const std::string& words) {
  if (const auto tag = tag_called(words)) return {"*", *tag};
  const size_t colon = words.find(':');
  if (colon != std::string::npos)
    if (const auto tag = tag_called(words.substr(0, colon))) return {words.substr(colon + 1), *tag};
  return {words, ParameterTags::all()};
}

}  // namespace pare
