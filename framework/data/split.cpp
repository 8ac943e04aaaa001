#include "framework/data/split.h"

#include <algorithm>
#include <numeric>

#include "framework/base/error.h"
#include "framework/base/rng.h"

namespace pare {

std::vector<int> all_indices(int count) {
  std::vector<int> indices(count);
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

Split split(int count, int validation, uint64_t seed) {
  require(validation >= 0 && validation < count, Failure::Usage, "cannot set ", validation,
          " validation images aside: there are ", count, " training images, and at least one has to be left");
  std::vector<int> drawn = all_indices(count);
  Rng(seed, "split").shuffle(drawn);
  const auto border = drawn.begin() + validation;
  std::sort(drawn.begin(), border);
  std::sort(border, drawn.end());
  return {{border, drawn.end()}, {drawn.begin(), border}};
}

}  // namespace pare
