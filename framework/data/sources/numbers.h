// Numbers in a table's cells.
#pragma once

#include <optional>
#include <string_view>

namespace pare {

// Empty, NA, N/A, nan, null or ?, in any case.
bool is_missing(std::string_view cell);

struct ParsedNumber {
  std::optional<float> value;  // finite
  const char* fault = "";      // otherwise: why the cell holds none, and what to write
  bool is_word = false;        // nothing like a number
};

// "3.5", "-2", "+1e-3": a decimal point, no thousands separators.
ParsedNumber parse_number(std::string_view cell);

}  // namespace pare
