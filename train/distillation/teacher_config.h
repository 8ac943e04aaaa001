// TeacherConfig: whose outputs a network is to imitate besides the examples' own answers, and how much.
#pragma once

#include <string>
#include <vector>

#include "framework/config/fields/fields.h"

namespace pare {

struct TeacherConfig {
  // Packed models, checkpoints or directories of runs; or the word kOwn alone.
  std::vector<std::string> models;
  double temperature = 4;
  double weight = 0.9;
  bool fade = false;

  // The network of the same config, trained without compression: `pare train` makes it first (own_teacher.h).
  static constexpr const char* kOwn = "own";
  bool is_own() const { return models.size() == 1 && models.front() == kOwn; }

  void describe(Fields& fields);
};

}  // namespace pare
