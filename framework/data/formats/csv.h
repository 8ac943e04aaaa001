// Comma-separated values: the bytes of a file as rows of fields. What the fields mean is not known here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pare {

class CsvRows {
 public:
  size_t rows() const { return first_field_.size(); }
  size_t fields(size_t row) const { return end_of_row(row) - first_field_[row]; }
  std::string_view field(size_t row, size_t column) const;
  // Where the row begins: the first line of a file is 1. A quoted field may go on over several lines.
  int line(size_t row) const { return lines_[row]; }
  char delimiter() const { return delimiter_; }

 private:
  friend class CsvReader;
  size_t end_of_row(size_t row) const {
    return row + 1 < rows() ? first_field_[row + 1] : field_ends_.size();
  }

  std::string text_;                // of all fields, one behind the other
  std::vector<size_t> field_ends_;  // in text_
  std::vector<size_t> first_field_;
  std::vector<int> lines_;
  char delimiter_ = ',';
};

// Fields are separated by `delimiter`, or, if that is 0, by the most frequent of , ; and tab in the first
// row, or by spaces where there is none of them: runs of spaces and tabs then separate as one does. Fields
// may be in double quotes; blanks around fields, empty lines and a byte order mark are skipped; lines end
// with LF, CR LF or CR. Throws Failure::Data naming `name` and the line when the text is no UTF-8, or quotes
// are not in pairs; Failure::Usage when no delimiter is found.
CsvRows parse_csv(std::span<const uint8_t> bytes, const std::string& name, char delimiter = 0);

// What separates the fields of a file that may have a single column, where none can be found and any will do;
// 0: as parse_csv detects.
char csv_delimiter(std::span<const uint8_t> bytes);
// Whether a file of this name is a table: .csv or .tsv.
bool is_csv(const std::string& name);

// ',' as errors and notes write it: "','", or "tab".
std::string delimiter_name(char delimiter);

}  // namespace pare
