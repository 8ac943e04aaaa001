// A table as a source of examples: each row is one, or each window of rows; columns are inputs, the class,
// or the numbers that are asked for.
#pragma once

#include "framework/data/sources/hold_out.h"
#include "framework/data/sources/source_config.h"

namespace pare {

enum class Missing { Error, Mean, Drop };

struct TableConfig : SourceConfig {
  std::string path, test;
  std::vector<std::string> columns;
  char delimiter = 0;  // 0: as detected
  bool header = true;
  int skip = 0;
  std::string label;
  std::vector<std::string> targets, ignore, categorical;
  Missing missing = Missing::Error;
  std::string group;
  int window = 1, hop = 0;
  HoldOut hold_out;

  void describe(Fields& fields) override;
  // Inputs are (window,1,C) f32: numbers as they are, categories one-hot, in the order of the columns.
  Dataset load(const std::string& data_directory) const override;
  bool recognise(const std::string& place) override;
};

}  // namespace pare
