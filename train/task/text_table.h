// Tables for a terminal.
#pragma once

#include <string>
#include <vector>

namespace pare {

// A list of rows as aligned columns, two spaces apart, each row a line: the first column to the left, the
// others to the right.
std::string aligned(const std::vector<std::vector<std::string>>& rows);

// Characters, of UTF-8.
size_t length_of(const std::string& text);
// The text itself, or its first characters and "~", `most` in all. most > 0
std::string shortened(const std::string& text, size_t most);
// A share of 0 to 1: "98.76 %".
std::string percent(double share);
// To three digits behind the point, or "-" of what is no number.
std::string three_digits(double value);

}  // namespace pare
