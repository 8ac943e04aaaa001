#include "framework/base/decimal.h"

#include <charconv>

namespace pare {

double shortest_decimal(float value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  double decimal = 0;
  std::from_chars(digits, end, decimal);
  return decimal;
}

}  // namespace pare
