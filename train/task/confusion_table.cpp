// Confusion as text.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "framework/base/error.h"
#include "train/task/confusion.h"
#include "train/task/text_table.h"

namespace pare {
namespace {

constexpr size_t kLongestName = 16;
constexpr size_t kMostClasses = 30;  // rows of a table of classes
constexpr size_t kMostPairs = 20;

std::string name_of(const std::vector<std::string>& names, size_t index, size_t most = kLongestName) {
  return shortened(index < names.size() ? names[index] : std::to_string(index), most);
}

size_t longest_name(const std::vector<std::string>& names, size_t count) {
  size_t longest = 0;
  for (size_t i = 0; i < count; ++i) longest = std::max(longest, length_of(name_of(names, i)));
  return longest;
}

// Columns as wide as their numbers and, if there is room, their names.
std::string matrix(const std::vector<Confusion::Cell>& cells, const std::vector<std::string>& names,
                   size_t classes, size_t width) {
  std::vector<std::vector<std::string>> rows(classes + 1, std::vector<std::string>(classes + 1, "."));
  rows[0][0] = "";
  for (size_t i = 0; i < classes; ++i) {
    rows[0][i + 1] = name_of(names, i, width);
    rows[i + 1][0] = name_of(names, i);
  }
  for (const Confusion::Cell& cell : cells)
    rows[static_cast<size_t>(cell.truth) + 1][static_cast<size_t>(cell.predicted) + 1] =
        std::to_string(cell.count);
  return "each row: a class; each column: what its examples were taken for\n" + aligned(rows);
}

}  // namespace

std::string counts_table(const char* noun, const std::vector<std::string>& names,
                         const std::vector<Confusion::Counts>& counts, int columns) {
  std::vector<size_t> order(counts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::string note;
  if (order.size() > kMostClasses) {
    std::erase_if(order, [&](size_t i) { return counts[i].examples + counts[i].predicted == 0; });
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return counts[a].f1() < counts[b].f1(); });
    order.resize(std::min(order.size(), kMostClasses));
    note = text("the ", order.size(), " of ", counts.size(), " with the lowest F1; --json has all\n");
  }
  constexpr int kNumbers = 46;  // characters of the five columns
  const auto most = static_cast<size_t>(std::clamp(columns - kNumbers, 4, 32));
  std::vector<std::vector<std::string>> rows{{noun, "examples", "taken for", "recall", "precision", "F1"}};
  for (const size_t i : order)
    rows.push_back({name_of(names, i, most), std::to_string(counts[i].examples),
                    std::to_string(counts[i].predicted), three_digits(counts[i].recall()),
                    three_digits(counts[i].precision()), three_digits(counts[i].f1())});
  return aligned(rows) + note;
}

std::string confusion_table(const Confusion& confusion, const std::vector<std::string>& names, int columns) {
  constexpr size_t kWidestColumn = 8, kNarrowestColumn = 3;
  const std::vector<Confusion::Cell> cells = confusion.cells();
  const size_t classes = confusion.by_class(names.size()).size();
  int64_t largest = 0;
  for (const Confusion::Cell& cell : cells) largest = std::max(largest, cell.count);
  const size_t digits = std::to_string(largest).size();
  const auto fits = [&](size_t width) {
    return longest_name(names, classes) + classes * (2 + width) <= static_cast<size_t>(columns);
  };
  size_t width = std::max(digits, kNarrowestColumn);
  if (classes <= kMostClasses && fits(width)) {
    while (width < kWidestColumn && fits(width + 1)) ++width;
    return matrix(cells, names, classes, width);
  }
  const auto counts = confusion.by_class();
  const std::vector<Confusion::Cell> pairs = confusion.most_confused(kMostPairs);
  if (pairs.empty()) return "no example was taken for another class\n";
  const auto most = static_cast<size_t>(std::clamp((columns - 30) / 2, 4, 32));
  std::vector<std::vector<std::string>> rows{{"class", "taken for", "examples", "of the class"}};
  for (const Confusion::Cell& cell : pairs) {
    char share[32];
    std::snprintf(share, sizeof share, "%.1f %%",
                  100 * static_cast<double>(cell.count) /
                      static_cast<double>(counts[static_cast<size_t>(cell.truth)].examples));
    rows.push_back({name_of(names, static_cast<size_t>(cell.truth), most),
                    name_of(names, static_cast<size_t>(cell.predicted), most), std::to_string(cell.count),
                    share});
  }
  return text("the ", classes, " classes are too many for a matrix here; confused most:\n") + aligned(rows);
}

}  // namespace pare
