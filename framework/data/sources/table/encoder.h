// Encoder: a table's cells as the numbers a network reads: numbers as they are, categories one-hot.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "framework/data/preprocessing/table_preprocessing.h"
#include "framework/data/sources/table/roles.h"

namespace pare {

// The classes of a label column, in order: of numbers by value, of words by the alphabet.
class Classes {
 public:
  Classes() = default;
  // Throws Failure::Data for a missing label, and when there are too many classes or only one.
  Classes(const TableFile& file, size_t column);

  const std::vector<std::string>& names() const { return names_; }
  // Throws Failure::Data naming the row when its class is none of these.
  int32_t of(const TableFile& file, size_t row, size_t column) const;

 private:
  std::vector<std::string> names_;
  std::map<std::string, int32_t, std::less<>> index_;
};

// What the training file's columns become. Categories are those of all rows, means those of the rows that
// are not held out.
TablePreprocessing learn_encoding(const TableFile& train, const Roles& roles,
                                  const std::vector<bool>& held_out, Missing missing);

class Encoder {
 public:
  explicit Encoder(const TablePreprocessing& encoding);

  size_t filled() const { return filled_; }  // missing cells that got the mean
  // Where its columns are in a file. Throws Failure::Data naming one that is not there.
  std::vector<size_t> columns_in(const TableFile& file) const;
  // (rows,C) of these rows of a file with its columns at these places. Throws Failure::Data naming file, row
  // and column of a cell that is missing, no number, or of a category that the training file does not have.
  std::vector<float> encode(const TableFile& file, std::span<const size_t> columns,
                            std::span<const int> rows);

 private:
  struct Column {
    std::string name;
    std::vector<std::string> categories;  // sorted; empty: a number
    std::optional<float> mean;
  };
  std::vector<Column> columns_;
  size_t inputs_ = 0;
  size_t filled_ = 0;
};

// The number in a cell. Throws Failure::Data that says where it is, what it holds and what to do:
// `if_missing` and `if_word` begin with what separates them from the rest.
float number_in(const TableFile& file, size_t row, size_t column, const std::string& if_missing,
                const std::string& if_word);

}  // namespace pare
