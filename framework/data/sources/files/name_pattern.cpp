#include "framework/data/sources/files/name_pattern.h"

#include <algorithm>

#include "framework/base/error.h"
#include "framework/config/suggest.h"

namespace pare {

NamePattern::NamePattern(const std::string& pattern) : text_(pattern) {
  const auto require_that = [&](bool ok, const auto&... problem) {
    require(ok, Failure::Usage, "data.source.file_names: '", pattern, "': ", problem...,
            "; write as \"{class}_{speaker}_{take}\"");
  };
  std::string_view rest = pattern;
  while (true) {
    const size_t open = rest.find_first_of("{}");
    between_.emplace_back(rest.substr(0, open));
    if (open == std::string_view::npos) break;
    const size_t close = rest.find_first_of("{}", open + 1);
    require_that(rest[open] == '{' && close != std::string_view::npos && rest[close] == '}',
                 "its braces do not match");
    const std::string name(rest.substr(open + 1, close - open - 1));
    require_that(!name.empty(), "a part has no name");
    require_that(std::ranges::count(parts_, name) == 0, "two parts are called {", name, "}");
    require_that(parts_.empty() || !between_.back().empty(), "nothing divides {",
                 parts_.empty() ? "" : parts_.back(), "} from {", name, "}");
    parts_.push_back(name);
    rest.remove_prefix(close + 1);
  }
  require_that(std::ranges::count(parts_, "class") == 1, "it has no part {class}");
}

std::optional<std::vector<std::string>> NamePattern::match(std::string_view name) const {
  if (!name.starts_with(between_.front())) return std::nullopt;
  name.remove_prefix(between_.front().size());
  std::vector<std::string> values;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const std::string& behind = between_[i + 1];
    const bool last = i + 1 == parts_.size();
    if (last && !name.ends_with(behind)) return std::nullopt;
    const size_t end = last ? name.size() - behind.size() : name.find(behind);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view value = name.substr(0, end);
    if (value.empty() || value.find('/') != std::string_view::npos) return std::nullopt;
    values.emplace_back(value);
    name.remove_prefix(end + behind.size());
  }
  return values;
}

size_t NamePattern::part(const std::string& name, const char* key) const {
  const auto at = std::ranges::find(parts_, name);
  require(at != parts_.end(), Failure::Usage, key, ": '", name, "' is no part of data.source.file_names, '",
          text_, "'", did_you_mean(name, parts_, "parts"));
  return static_cast<size_t>(at - parts_.begin());
}

int NamePattern::folders() const { return static_cast<int>(std::ranges::count(text_, '/')); }

}  // namespace pare
