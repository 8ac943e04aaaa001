// Two arrays, inputs and what they ask for, as examples.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "framework/data/formats/npy.h"
#include "framework/data/source.h"

namespace pare {

struct ArrayPair {
  NpyArray inputs, labels;

  bool has_values() const { return labels.is_float(); }  // otherwise it has classes
  int values_each() const;
};

// Throws Failure::Data naming the array when inputs are not of rank 2 to 4, labels not one (or, where they
// are floats, several) of each input, or one-hot.
void require_usable(const ArrayPair& pair);

// The classes' numbers as names, from 0 to the largest label. Throws Failure::Data for a label above 65535.
std::vector<std::string> class_numbers(const ArrayPair& pair);

// Throws Failure::Data for a label that is no class, or a number that is not finite. `classes` is how many
// there are; 0 where numbers are asked for.
std::shared_ptr<const Source> examples_of(ArrayPair pair, size_t classes);

}  // namespace pare
