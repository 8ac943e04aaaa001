// What the columns of a table are for.
#pragma once

#include <optional>

#include "framework/data/sources/table/table_config.h"
#include "framework/data/sources/table/table_file.h"

namespace pare {

// A column that is an input.
struct Feature {
  size_t column = 0;
  bool categorical = false;
};

// By the columns' places in one file; those of another file may be elsewhere.
struct Roles {
  std::optional<size_t> label, group;
  std::vector<size_t> targets;
  std::vector<Feature> features;  // in the order of the training file's columns
};

// Throws Failure::Usage when a name is no column, or a column is asked to be two things.
Roles roles_of(const TableConfig& config, const TableFile& train);
// The same columns, by their names, in another file.
Roles roles_in(const TableFile& other, const TableFile& train, const Roles& roles);

}  // namespace pare
