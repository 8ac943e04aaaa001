// SourceConfig: data of one's own, read from files that the config's `data.source` names. A new kind is a
// config struct and a row of the table in source_table.cpp.
#pragma once

#include "framework/config/fields/fields.h"
#include "framework/data/source.h"

namespace pare {

struct SourceConfig : Described {
  // The training and the test examples. Relative paths start in the current directory, or else in
  // `data_directory` (find_data_file). Throws Failure::Usage when the config does not fit the files,
  // Failure::Data naming the file when one is missing or wrong.
  virtual Dataset load(const std::string& data_directory) const = 0;
  // Whether the file or folder at `place` is of this kind, and then sets the fields so that load() is likely
  // to take it: for a config to begin with. What is set already, such as the label, leads the rest. Throws
  // Failure::Data for one that is, but damaged.
  virtual bool recognise(const std::string& place) = 0;
};

const Table<SourceConfig>& source_table();

// The first kind that recognises what is there. Throws Failure::Data that lists the kinds when none does.
Variant<SourceConfig> recognise_source(const std::string& place);

}  // namespace pare
