#include "framework/data/sources/table/table_file.h"

#include <algorithm>

#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/data/formats/gzip_file.h"
#include "framework/data/sources/numbers.h"

namespace pare {
namespace {

constexpr size_t kLargestFile = size_t{1} << 32;
constexpr size_t kMostColumns = 1 << 16;

}  // namespace

TableFile::TableFile(const std::string& path, const TableFormat& format)
    : TableFile(read_gzip_file(path, kLargestFile), path, format) {}

TableFile::TableFile(std::span<const uint8_t> bytes, std::string path, const TableFormat& format)
    : path_(std::move(path)),
      csv_(parse_csv(bytes, path_, format.delimiter)),
      columns_(format.columns),
      first_(static_cast<size_t>(format.skip)) {
  require(first_ < csv_.rows(), Failure::Data, path_, ": has ", csv_.rows(),
          " rows, all of which "
          "data.source.skip leaves out");
  require(csv_.fields(first_) <= kMostColumns, Failure::Data, path_, ": has ", csv_.fields(first_),
          " columns, at most ", kMostColumns, " are allowed");
  if (columns_.empty()) format.header ? take_header() : number_columns();
  require_usable_names();
  for (size_t row = first_; row < csv_.rows(); ++row)
    require(csv_.fields(row) == columns_.size(), Failure::Data, path_, ": row ", csv_.line(row), " has ",
            csv_.fields(row), " fields, expected ", columns_.size(),
            !format.columns.empty() ? ", as many as data.source.columns has names"
            : format.header         ? " as in the header (rows before it: data.source.skip)"
                                    : " as in the first row",
            " (fields are separated by ", delimiter_name(delimiter()), ")");
  for (size_t row = first_; row < csv_.rows(); ++row) rows_.push_back(row);
  require(rows() > 0, Failure::Data, path_, ": has a header but no rows");
}

void TableFile::take_header() {
  size_t numbers = 0;
  for (size_t i = 0; i < csv_.fields(first_); ++i) {
    columns_.emplace_back(csv_.field(first_, i));
    if (parse_number(columns_.back()).value) ++numbers;
  }
  require(
      numbers < columns_.size(), Failure::Data, path_, ": its first row holds numbers (", columns_.front(),
      ", ...), so it is no header; name the columns in the config, \"columns\": [\"a\", ...], or let them be "
      "called c1, c2, ...: \"header\": false");
  ++first_;
}

void TableFile::number_columns() {
  for (size_t i = 0; i < csv_.fields(first_); ++i) columns_.push_back("c" + std::to_string(i + 1));
}

void TableFile::require_usable_names() const {
  std::vector<std::string> sorted = columns_;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  require(twice == sorted.end(), Failure::Usage, path_, ": two columns are called '",
          twice == sorted.end() ? "" : *twice, "'; rename one of them");
}

size_t TableFile::column(const std::string& name, const std::string& key) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  require(found != columns_.end(), Failure::Usage, "data.source.", key, ": ", path_, " has no column '", name,
          "'", did_you_mean(name, columns_, "columns"));
  return static_cast<size_t>(found - columns_.begin());
}

std::string TableFile::place(size_t row) const { return text(path_, ": row ", line(row)); }

std::string TableFile::place(size_t row, size_t column) const {
  return text(place(row), ", column '", columns_[column], "'");
}

}  // namespace pare
