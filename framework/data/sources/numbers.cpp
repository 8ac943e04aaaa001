#include "framework/data/sources/numbers.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace pare {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits and `separators` only, with a digit on both sides of each separator.
bool is_digits_with(std::string_view cell, std::string_view separators) {
  if (!cell.empty() && (cell.front() == '-' || cell.front() == '+')) cell.remove_prefix(1);
  bool separated = false;
  for (size_t i = 0; i < cell.size(); ++i) {
    if (is_digit(cell[i])) continue;
    if (separators.find(cell[i]) == std::string_view::npos) return false;
    if (i == 0 || i + 1 == cell.size() || !is_digit(cell[i - 1]) || !is_digit(cell[i + 1])) return false;
    separated = true;
  }
  return separated;
}

ParsedNumber refused(std::string_view cell) {
  if (is_digits_with(cell, ",")) {
    const size_t comma = cell.find(',');
    const bool one = cell.find(',', comma + 1) == std::string_view::npos;
    if (one && cell.size() - comma != 4)
      return {std::nullopt, "it has a decimal comma; write a decimal point"};
    if (one) return {std::nullopt, "it has a comma; write a decimal point, and thousands without separators"};
  }
  if (is_digits_with(cell, ",.' _")) return {std::nullopt, "it has thousands separators; leave them out"};
  return {std::nullopt, "it is no number", true};
}

}  // namespace

bool is_missing(std::string_view cell) {
  std::string word;
  for (const char c : cell) word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  constexpr std::string_view kWords[] = {"", "na", "n/a", "nan", "null", "?"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

ParsedNumber parse_number(std::string_view cell) {
  std::string_view digits = cell;
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  double number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, number);
  if (stop != end || problem == std::errc::invalid_argument) return refused(cell);
  if (problem == std::errc::result_out_of_range && digits.find_first_of("eE") != std::string_view::npos &&
      digits[digits.find_first_of("eE") + 1] == '-')
    return {0.0f};
  if (!std::isfinite(number) && problem == std::errc())
    return {std::nullopt, "it is not finite; leave the row out, or put a number in its place"};
  if (problem == std::errc::result_out_of_range || std::fabs(number) > std::numeric_limits<float>::max())
    return {std::nullopt, "it is too large for a 32-bit float"};
  return {static_cast<float>(number)};
}

}  // namespace pare
