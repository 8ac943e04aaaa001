// Some of many, equally far from each other.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace pare {

// At most `most` of the numbers 0 .. count-1, in order.
inline std::vector<int> spread(size_t count, size_t most) {
  const size_t some = std::min(count, most);
  std::vector<int> numbers;
  for (size_t i = 0; i < some; ++i) numbers.push_back(static_cast<int>(i * count / some));
  return numbers;
}

}  // namespace pare
