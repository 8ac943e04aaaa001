// Rows of a table (CSV) as the input of a network: which columns are read, and how words and missing cells
// become numbers.
#pragma once

#include "framework/data/preprocessing/preprocessing.h"

namespace pare {

struct TablePreprocessing : Preprocessing {
  // Of each input its column, or "COLUMN=WORD": 1 where the column holds that word, otherwise 0.
  std::vector<std::string> inputs;
  std::vector<std::string> categorical;  // columns of words
  std::vector<double> means;             // what stands for missing cells, of each input; empty: nothing does
  std::vector<std::string> columns;      // of a file without a header: names of all columns; empty:
  bool header = true;                    // the first row has them; false: they are called c1, c2, c3, ...
  int skip = 0;                          // rows before the header
  int window = 1, hop = 0;               // rows an input, and from one to the next (0: as many)

  void describe(Fields& fields) override;
  void require_fits(const InputShape& input, const std::string& where) const override;
  // Each row, or each window of consecutive rows, of columns that may be in any order and among others.
  PreparedFile prepare_all(std::span<const uint8_t> file, const std::string& name,
                           const InputShape& input) const override;
};

}  // namespace pare
