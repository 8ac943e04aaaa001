// Survey: what a data set holds, before anything learns from it: how many examples of what, which cannot be
// read, and which are there more than once.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "framework/data/source.h"

namespace pare {

// Of the numbers that examples ask for.
struct ValueRange {
  double least = 0, mean = 0, most = 0;
};

struct PartSurvey {
  std::string name;                     // "train", "validation" or "test"
  int examples = 0;                     // those that cannot be read included
  std::vector<int> of_class;            // how many there are of each, or
  std::vector<ValueRange> of_value;     // the same of each number that is asked for
  std::vector<std::string> unreadable;  // what is wrong with each such example
};

// Examples with the same input, to the byte.
struct Repeats {
  int examples = 0;                                         // how many are there already
  std::vector<std::pair<std::string, std::string>> some{};  // the first of them: (it, the one before it)
};

struct Survey {
  std::vector<PartSurvey> parts;
  // Per channel of the training examples that can be read: of bytes 0 to 1, of floats as they are.
  std::vector<float> mean, deviation;
  Repeats in_training;    // in the training part itself
  Repeats across;         // in the validation or the test part, and in the training part: leaks
  Repeats contradictory;  // anywhere, but asking for something else
};

// Reads every example once, on several threads where they are decoded.
Survey survey(const Dataset& data);

}  // namespace pare
