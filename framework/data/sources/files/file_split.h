// FileSplit: which of the files that were found are for training, which for validation and for testing.
#pragma once

#include "framework/config/fields/fields.h"
#include "framework/data/sources/files/example_files.h"
#include "framework/data/sources/hold_out.h"

namespace pare {

// As a config says it: by folders that are divided already, by lists, by values of a part of the names, or by
// a hash.
struct FileSplit {
  std::string group;  // a part of the names: files with the same value belong together
  std::vector<std::string> test_groups, validation_groups;
  std::string test_list, validation_list;
  HoldOut hold_out;

  void describe(Fields& fields);
  bool says_what_to_test_on() const;
  // Throws Failure::Usage when not exactly one way to find test examples is given, or an option needs another
  // one.
  void require_usable(bool has_pattern) const;
  // Moves files from `train` to the other parts, and says so in notes. `many`: "pictures". Throws
  // Failure::Usage when there is nothing to test on, Failure::Data naming a list's line or a group that is
  // not there, or a class that has nothing left to train on.
  void divide(FoundFiles& found, const std::string& many) const;
};

}  // namespace pare
