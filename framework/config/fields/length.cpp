#include "framework/config/fields/length.h"

#include <charconv>
#include <cmath>
#include <string_view>

namespace pare {
namespace {

constexpr double kLongest = 1e12;  // epochs of a million steps, and their number still fits

// Digits, with at most `points` points between them; from_chars alone would take "-1", "1e3" and "inf", too.
bool is_count(std::string_view digits, int points) {
  if (digits.empty() || digits.front() == '.' || digits.back() == '.') return false;
  for (const char c : digits) {
    if (c == '.') --points;
    if (c != '.' && (c < '0' || c > '9')) return false;
  }
  return points >= 0;
}

}  // namespace

int64_t Length::iterations(int64_t iterations_per_epoch) const {
  return std::llround(unit == Unit::Epochs ? count * static_cast<double>(iterations_per_epoch) : count);
}

std::optional<Length> length_from(const Json& json) {
  if (json.is_number()) {
    if (json.number() < 0 || json.number() > kLongest) return std::nullopt;
    return Length{json.number(), Length::Unit::Epochs};
  }
  if (!json.is_string()) return std::nullopt;
  std::string_view words = json.string();
  const bool epochs = words.ends_with("ep");
  if (!epochs && !words.ends_with("it")) return std::nullopt;
  words.remove_suffix(2);
  if (!is_count(words, epochs ? 1 : 0)) return std::nullopt;
  Length length{0, epochs ? Length::Unit::Epochs : Length::Unit::Iterations};
  const auto result = std::from_chars(words.data(), words.data() + words.size(), length.count);
  if (result.ec != std::errc() || length.count > kLongest) return std::nullopt;
  return length;
}

Json to_json(const Length& length) {
  const bool whole = length.count == std::trunc(length.count);
  if (length.unit == Length::Unit::Iterations) return text(std::llround(length.count), "it");
  return whole ? Json(std::llround(length.count)) : Json(length.count);
}

}  // namespace pare
