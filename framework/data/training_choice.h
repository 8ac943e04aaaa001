// TrainingChoice: which examples of the training part a network learns from, in studies of learning from
// little.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/data/source.h"

namespace pare {

struct TrainingChoice {
  int per_class = 0;                   // so many of each class; 0: all
  uint64_t draw = 1;                   // which ones: another number, others
  std::vector<std::string> without{};  // classes of which none is learnt from

  // Of these examples those that are chosen, in the same order. Throws Failure::Usage when the data, of
  // `spec`, has no classes, or none of such a name, or a class has fewer examples than are asked for, or none
  // is left.
  std::vector<int> among(const Source& examples, const Spec& spec, const std::vector<int>& indices) const;
};

}  // namespace pare
