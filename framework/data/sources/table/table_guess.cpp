// What a table says about its config.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include "framework/base/error.h"
#include "framework/data/formats/gzip_file.h"
#include "framework/data/sources/numbers.h"
#include "framework/data/sources/table/table_config.h"
#include "framework/data/sources/table/table_file.h"

namespace pare {
namespace {

constexpr size_t kMostClasses = 100;    // a column of whole numbers with more different ones is no class
constexpr size_t kMostCategories = 32;  // a column of words with more is of names or texts
constexpr size_t kLargestFile = size_t{1} << 32;

std::string lower_case(std::string word) {
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

bool is_table(const std::string& place) {
  std::string name = lower_case(place);
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  const std::string extension = std::filesystem::path(name).extension().string();
  return extension == ".csv" || extension == ".tsv" || extension == ".data" || extension == ".txt";
}

// What the cells of a column are.
struct Column {
  std::set<std::string, std::less<>> different;  // but no more than are of interest
  bool words = false, fractions = false, missing = false;
};

Column look_at(const TableFile& file, size_t column) {
  Column seen;
  for (size_t row = 0; row < file.rows(); ++row) {
    const std::string_view cell = file.cell(row, column);
    if (is_missing(cell)) {
      seen.missing = true;
      continue;
    }
    const ParsedNumber number = parse_number(cell);
    seen.words = seen.words || !number.value;
    seen.fractions = seen.fractions || (number.value && *number.value != std::floor(*number.value));
    if (seen.different.size() <= kMostClasses) seen.different.emplace(cell);
  }
  return seen;
}

// Numbers are classes only where each occurs often enough.
bool may_be_class(const Column& column, size_t rows) {
  constexpr size_t kRowsAClass = 4;
  constexpr size_t kRowsAWord = 2;  // fewer are names
  return !column.fractions && column.different.size() > 1 && column.different.size() <= kMostClasses &&
         column.different.size() * (column.words ? kRowsAWord : kRowsAClass) <= rows;
}

bool are_names(const Column& column, size_t rows) {
  return column.different.size() > kMostCategories || column.different.size() * 2 > rows;
}

// Numbers to predict, at least two different ones.
bool may_be_target(const Column& column) { return !column.words && column.different.size() > 1; }

// A column that is called so, or the last one; if that holds no classes, the first one, and if that is of
// names, the last one of classes or numbers.
size_t asked_column(const TableFile& file, const std::vector<Column>& seen) {
  for (const char* const usual : {"label", "class", "target", "category", "species", "outcome"})
    for (size_t i = 0; i < seen.size(); ++i)
      if (lower_case(file.columns()[i]) == usual) return i;
  const size_t rows = file.rows();
  if (!may_be_class(seen.back(), rows) && seen.front().words && may_be_class(seen.front(), rows)) return 0;
  for (size_t i = seen.size(); i-- > 0;)
    if (may_be_class(seen[i], rows) || may_be_target(seen[i])) return i;
  return seen.size() - 1;
}

// Some files begin with a line of how many rows and columns there are, and perhaps the classes' names.
bool is_about_the_file(const CsvRows& rows) {
  if (rows.rows() < 3) return false;
  if (rows.fields(0) != rows.fields(1)) return rows.fields(1) == rows.fields(2);
  const ParsedNumber count = parse_number(rows.field(0, 0));
  const auto others = static_cast<float>(rows.rows() - 1);
  return count.value && (*count.value == others || *count.value == others - 1);  // one may be a header
}

}  // namespace

bool TableConfig::recognise(const std::string& place) {
  if (!std::filesystem::is_regular_file(place) || !is_table(place)) return false;
  path = place;
  if (test.empty() && hold_out.test_share == 0) hold_out.test_share = 0.2;
  const std::vector<uint8_t> bytes = read_gzip_file(place, kLargestFile);
  const CsvRows rows = parse_csv(bytes, place);
  if (skip == 0 && is_about_the_file(rows)) skip = 1;
  const auto first = static_cast<size_t>(skip);
  header = false;
  for (size_t i = 0; i < rows.fields(first); ++i)
    header = header || parse_number(rows.field(first, i)).is_word;
  const TableFile file(bytes, place, {{}, 0, skip, header});
  std::vector<Column> seen;
  for (size_t i = 0; i < file.columns().size(); ++i) seen.push_back(look_at(file, i));
  if (label.empty() && targets.empty()) {
    const size_t asked = asked_column(file, seen);
    if (may_be_class(seen[asked], file.rows()))
      label = file.columns()[asked];
    else
      targets = {file.columns()[asked]};
  }
  for (size_t i = 0; i < seen.size(); ++i) {
    const std::string& name = file.columns()[i];
    const bool asked = name == label || std::ranges::find(targets, name) != targets.end();
    if (seen[i].missing && (asked || seen[i].words)) missing = Missing::Drop;
    if (asked || name == group) continue;
    if (name.empty() || seen[i].different.empty() || (seen[i].words && are_names(seen[i], file.rows())))
      ignore.push_back(name);
    else if (seen[i].words)
      categorical.push_back(name);
    else if (seen[i].missing && missing == Missing::Error)
      missing = Missing::Mean;
  }
  return true;
}

}  // namespace pare
