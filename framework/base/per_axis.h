// PerAxis: a whole number for the height of an image, and one for its width; mostly the same.
#pragma once

#include <algorithm>
#include <ostream>

namespace pare {

struct PerAxis {
  int height, width;

  constexpr PerAxis(int both) : height(both), width(both) {}  // NOLINT: 3 is 3 along both
  constexpr PerAxis(int along_height, int along_width) : height(along_height), width(along_width) {}

  constexpr bool is_square() const { return height == width; }
  constexpr int most() const { return std::max(height, width); }
  constexpr bool operator==(const PerAxis&) const = default;
};

// "3", or "(3,1)"
inline std::ostream& operator<<(std::ostream& out, const PerAxis& numbers) {
  if (numbers.is_square()) return out << numbers.height;
  return out << '(' << numbers.height << ',' << numbers.width << ')';
}

}  // namespace pare
