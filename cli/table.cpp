#include "cli/table.h"

#include <algorithm>
#include <cstdio>

namespace pare {

void print_table(const std::vector<std::vector<std::string>>& lines, size_t words) {
  std::vector<int> widths(lines[0].size(), 0);
  for (const auto& line : lines)
    for (size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], static_cast<int>(line[i].size()));
  for (size_t row = 0; row < lines.size(); ++row) {
    for (size_t i = 0; i < widths.size(); ++i)
      std::printf(i < words ? "| %-*s " : "| %*s ", widths[i], lines[row][i].c_str());
    std::printf("|\n");
    if (row > 0) continue;
    for (size_t i = 0; i < widths.size(); ++i) {
      const std::string dashes(static_cast<size_t>(widths[i]) + 1, '-');
      std::printf(i < words ? "|%s-" : "|%s:", dashes.c_str());
    }
    std::printf("|\n");
  }
}

}  // namespace pare
