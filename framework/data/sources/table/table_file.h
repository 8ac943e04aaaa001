// TableFile: a CSV file as named columns and rows of equal length; its cells are text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "framework/data/formats/csv.h"

namespace pare {

// How a file is written, as a config says it.
struct TableFormat {
  std::vector<std::string> columns;  // names, where the file has no header row
  char delimiter = 0;                // 0: as detected
  int skip = 0;                      // rows before the header
  bool header = true;                // false: without `columns` they are called c1, c2, c3, ...
};

class TableFile {
 public:
  // Plain or gzipped. Throws Failure::Data naming the file and the row when a row's length is another than
  // that of the names, or when the first row seems to be no header; Failure::Usage when names repeat.
  TableFile(const std::string& path, const TableFormat& format);
  // The same of a file's bytes, which are not gzipped.
  TableFile(std::span<const uint8_t> bytes, std::string path, const TableFormat& format);

  const std::string& path() const { return path_; }
  const std::vector<std::string>& columns() const { return columns_; }
  char delimiter() const { return csv_.delimiter(); }
  size_t rows() const { return rows_.size(); }
  std::string_view cell(size_t row, size_t column) const { return csv_.field(rows_[row], column); }
  // From now on only those of which wanted(row) says so; their places stay what they are.
  template <class Wanted>
  void keep(const Wanted& wanted) {
    std::vector<size_t> kept;
    for (size_t row = 0; row < rows_.size(); ++row)
      if (wanted(row)) kept.push_back(rows_[row]);
    rows_ = std::move(kept);
  }
  // The column of this name. Throws Failure::Usage that says which key of the config asks for it.
  size_t column(const std::string& name, const std::string& key) const;
  // "iris.csv: row 5, column 'width'" and "iris.csv: row 5". Rows are counted as editors count lines.
  std::string place(size_t row, size_t column) const;
  std::string place(size_t row) const;
  int line(size_t row) const { return csv_.line(rows_[row]); }

 private:
  void take_header();
  void number_columns();
  void require_usable_names() const;

  std::string path_;
  CsvRows csv_;
  std::vector<std::string> columns_;
  size_t first_ = 0;          // row that is no header
  std::vector<size_t> rows_;  // of csv_, that are left
};

}  // namespace pare
