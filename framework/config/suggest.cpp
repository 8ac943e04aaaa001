#include "framework/config/suggest.h"

#include <algorithm>
#include <cctype>

#include "framework/base/error.h"
#include "framework/config/synonyms.h"

namespace pare {

// The optimal string alignment distance, three rows of its table at a time.
int edit_distance(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  };
  std::vector<int> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const int replaced = last[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known,
                         std::string_view noun) {
  const std::string* nearest = nullptr;
  int nearest_distance = 0;
  for (const std::string& candidate : known) {
    const int distance = edit_distance(word, candidate);
    const bool near = 3 * distance <= static_cast<int>(std::max(word.size(), candidate.size()));
    if (near && (nearest == nullptr || distance < nearest_distance)) {
      nearest = &candidate;
      nearest_distance = distance;
    }
  }
  std::string question = nearest == nullptr ? "," : text(", did you mean '", *nearest, "'?");
  if (const Synonym* const synonym = synonym_of(word, known); synonym != nullptr)
    question =
        text(", did you mean '", synonym->ours, "'", synonym->more.empty() ? "" : " ", synonym->more, "?");
  return text(question, " known ", noun, ": ", comma_list(known));
}

std::string comma_list(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list.append(list.empty() ? "" : ", ").append(word);
  return list;
}

}  // namespace pare
