// Sets examples of the training set aside for validation.
#pragma once

#include <cstdint>
#include <vector>

#include "framework/data/source.h"

namespace pare {

// 0 .. count-1
std::vector<int> all_indices(int count);

struct Split {
  std::vector<int> train, validation;  // both sorted; together every index once
};

// Draws `validation` of the examples, the same ones for the same seed; where examples are of groups, whole
// groups, until there are that many. Throws Failure::Usage when there are too few examples, or groups, to
// leave one for training.
Split split(const Source& examples, int validation, uint64_t seed);

}  // namespace pare
