// Sets images of the training set aside for validation.
#pragma once

#include <cstdint>
#include <vector>

namespace pare {

// 0 .. count-1
std::vector<int> all_indices(int count);

struct Split {
  std::vector<int> train, validation;  // both sorted; together every index once
};

// Draws `validation` of `count` images, the same ones for the same seed. Throws Failure::Usage unless
// 0 <= validation < count.
Split split(int count, int validation, uint64_t seed);

}  // namespace pare
