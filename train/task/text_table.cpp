#include "train/task/text_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace pare {
namespace {

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace

size_t length_of(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string shortened(const std::string& text, size_t most) {
  if (length_of(text) <= most) return text;
  size_t at = 0;
  for (size_t characters = 0; at < text.size(); ++at)
    if (begins_character(text[at]) && characters++ == most - 1) break;
  return text.substr(0, at) + "~";
}

std::string percent(double share) {
  char digits[64];
  std::snprintf(digits, sizeof digits, "%5.2f %%", 100 * share);
  return digits;
}

std::string three_digits(double value) {
  if (!std::isfinite(value)) return "-";
  char digits[64];
  std::snprintf(digits, sizeof digits, "%.3f", value);
  return digits;
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], length_of(row[i]));
  }
  std::string all;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - length_of(row[i]), ' ');
      line += i == 0 ? row[i] + space : "  " + space + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + "\n";
  }
  return all;
}

}  // namespace pare
