// What texts say about their config.
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "framework/base/error.h"
#include "framework/data/sources/table/table_file.h"
#include "framework/data/sources/texts/texts_config.h"
#include "framework/data/text/alphabet.h"

namespace pare {
namespace {

constexpr size_t kMostClasses = 100;
constexpr double kShortestText = 20;  // characters on average, of a column that is texts
constexpr int kLongestInput = 512;
constexpr double kRare = 1e-4;  // share of all characters below which one is left out
constexpr size_t kMostCharacters = 250;

// How long texts are, and what they are made of.
class Look {
 public:
  void at(std::string_view text, const std::string& where) {
    int length = 0;
    for (const char32_t c : characters_of(text, where)) {
      ++seen_[c >= U'A' && c <= U'Z' ? c - U'A' + U'a' : c];
      ++all_;
      ++length;
    }
    lengths_.push_back(length);
  }
  bool empty() const { return lengths_.empty(); }

  // The length is that of nine of ten texts, up to a multiple of 16; the alphabet is the usual one where that
  // holds nearly all, else all that is not rare, by how frequent it is.
  void set(TextPreprocessing& preprocessing) {
    std::ranges::sort(lengths_);
    const int most = lengths_[lengths_.size() * 9 / 10];
    preprocessing.length = std::clamp((most + 15) / 16 * 16, 16, kLongestInput);
    const Alphabet usual(TextPreprocessing::kAlphabet, "alphabet");
    int64_t unknown = 0;
    std::vector<std::pair<int64_t, char32_t>> frequent;
    for (const auto& [c, count] : seen_) {
      if (c < U' ') continue;
      if (usual.number_of(c) == Alphabet::kUnknown) unknown += count;
      if (static_cast<double>(count) >= kRare * static_cast<double>(all_)) frequent.emplace_back(-count, c);
    }
    if (static_cast<double>(unknown) < 0.01 * static_cast<double>(all_)) return;
    std::ranges::sort(frequent);
    if (frequent.size() > kMostCharacters) frequent.resize(kMostCharacters);
    std::u32string characters;
    for (const auto& [count, c] : frequent) characters.push_back(c);
    preprocessing.alphabet = utf8_of(characters);
  }

 private:
  std::map<char32_t, int64_t> seen_;
  int64_t all_ = 0;
  std::vector<int> lengths_;
};

// Nothing where it has no header, or is no such table: others may know better.
std::optional<TableFile> open_table(const std::string& place) {
  try {
    return TableFile(place, {});
  } catch (const Error&) {
    return std::nullopt;
  }
}

// What the cells of a column are like.
struct Column {
  std::set<std::string_view> different;
  double length = 0;  // the mean
  bool empty = false, blanks = false;
};

Column look_at(const TableFile& file, size_t column) {
  Column seen;
  for (size_t row = 0; row < file.rows(); ++row) {
    const std::string_view cell = file.cell(row, column);
    seen.empty = seen.empty || cell.empty();
    seen.blanks = seen.blanks || cell.find(' ') != std::string_view::npos;
    seen.length += static_cast<double>(cell.size()) / static_cast<double>(file.rows());
    if (seen.different.size() <= kMostClasses) seen.different.insert(cell);
  }
  return seen;
}

}  // namespace

bool TextsConfig::recognise(const std::string& place) {
  if (is_csv(place)) return recognise_table(place);
  const std::optional<FoundFiles> listed = recognise_files(place, text_files());
  if (!listed) return false;
  Look look;
  look_at_some(listed->train, [&](std::span<const uint8_t> bytes, const std::string& file) {
    look.at({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file);
  });
  require(!look.empty(), Failure::Data, place, ": none of the texts that were looked at can be read");
  look.set(preprocessing);
  return true;
}

// A table is one of texts when the longest of its columns is sentences, and another one is of classes. What
// else it has is left out.
bool TextsConfig::recognise_table(const std::string& place) {
  const std::optional<TableFile> opened = open_table(place);
  if (!opened || opened->rows() == 0) return false;
  const TableFile& file = *opened;
  std::vector<Column> columns;
  for (size_t column = 0; column < file.columns().size(); ++column) columns.push_back(look_at(file, column));
  const auto longest = std::ranges::max_element(columns, {}, &Column::length);
  if (preprocessing.column.empty()) {
    if (longest->length < kShortestText || !longest->blanks || longest->different.size() <= kMostClasses)
      return false;
    preprocessing.column = file.columns()[static_cast<size_t>(longest - columns.begin())];
  }
  const size_t of_text = file.column(preprocessing.column, "data.source.text");
  for (size_t column = 0; column < columns.size() && label.empty(); ++column) {
    const size_t different = columns[column].different.size();
    if (column != of_text && !columns[column].empty && different > 1 && different <= kMostClasses &&
        different * 4 <= file.rows())
      label = file.columns()[column];
  }
  if (label.empty()) return false;
  path = place;
  if (test.empty() && split.hold_out.test_share == 0) split.hold_out.test_share = 0.2;
  Look look;
  for (size_t row = 0; row < file.rows(); ++row) look.at(file.cell(row, of_text), file.place(row));
  look.set(preprocessing);
  return true;
}

}  // namespace pare
