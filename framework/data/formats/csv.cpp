#include "framework/data/formats/csv.h"

#include <csv.h>

#include <algorithm>
#include <new>

#include "framework/base/error.h"

namespace pare {
namespace {

constexpr char kDelimiters[] = {',', ';', '\t'};

// The length of the letter at the front, 0 where the bytes are no UTF-8.
size_t letter_length(std::string_view text) {
  const auto at = [&](size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const unsigned lead = at(0), next = at(1);
  if (lead < 0x80) return 1;
  const size_t length = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  for (size_t i = 1; i < length; ++i)
    if ((at(i) & 0xC0) != 0x80) return 0;
  const bool overlong = (lead == 0xE0 && next < 0xA0) || (lead == 0xF0 && next < 0x90);
  const bool beyond = (lead == 0xED && next >= 0xA0) || (lead == 0xF4 && next >= 0x90);
  return overlong || beyond ? 0 : length;
}

std::string_view text_of(std::span<const uint8_t> bytes, const std::string& name) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  require(!text.starts_with("\xFF\xFE") && !text.starts_with("\xFE\xFF"), Failure::Data, name,
          ": this is UTF-16, expected UTF-8; save it in that encoding");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (size_t i = 0; i < text.size();) {
    const size_t length = text[i] == 0 ? 0 : letter_length(text.substr(i, 4));
    if (length == 0)
      fail(Failure::Data, name, ": line ", 1 + std::ranges::count(text.substr(0, i), '\n'),
           text[i] == 0 ? " holds a byte of value 0, so it is no text"
                        : " is not UTF-8; save the file in that encoding");
    i += length;
  }
  return text;
}

// A line with what ends it.
std::string_view first_line(std::string_view text) {
  size_t end = text.find_first_of("\r\n");
  if (end == std::string_view::npos) return text;
  if (text.substr(end, 2) == "\r\n") ++end;
  return text.substr(0, end + 1);
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

char detect_delimiter(std::string_view text, const std::string& name) {
  while (!text.empty() && is_blank(first_line(text))) text.remove_prefix(first_line(text).size());
  size_t counts[std::size(kDelimiters)] = {};
  bool quoted = false, blank = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == '\n' || c == '\r')) break;
    blank = blank || (!quoted && c == ' ');
    for (size_t i = 0; i < std::size(kDelimiters); ++i)
      if (!quoted && c == kDelimiters[i]) ++counts[i];
  }
  const size_t* const most = std::max_element(std::begin(counts), std::end(counts));
  if (*most == 0 && blank) return ' ';
  require(
      *most > 0, Failure::Usage, name,
      ": its first row has none of the delimiters , ; tab and space, so it would be a table of one column; "
      "write one of them between the fields");
  require(std::count(std::begin(counts), std::end(counts), *most) == 1, Failure::Usage, name,
          ": its first row has several delimiters equally often; say which one separates fields: "
          "\"delimiter\": \",\", \";\" or \"tab\"");
  return kDelimiters[most - counts];
}

// One space in place of each run of spaces and tabs between fields, and none around a line's.
std::string with_single_spaces(std::string_view text) {
  std::string result;
  bool quoted = false, blank = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted && (c == ' ' || c == '\t')) {
      blank = true;
      continue;
    }
    const bool begins = result.empty() || result.back() == '\n' || result.back() == '\r';
    if (blank && !begins && c != '\n' && c != '\r') result += ' ';
    blank = false;
    result += c;
  }
  return result;
}

}  // namespace

class CsvReader {
 public:
  CsvReader(const std::string& name, char delimiter) : name_(name) {
    check(csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI) == 0, "libcsv cannot start");
    csv_set_delim(&parser_, static_cast<unsigned char>(delimiter));
    rows_.delimiter_ = delimiter;
  }
  ~CsvReader() { csv_free(&parser_); }
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  // Line by line, so that errors can say where they are.
  CsvRows read(std::string_view text) {
    bool inside = false;  // of a row that began on an earlier line
    for (int line = 1; !text.empty(); ++line) {
      const std::string_view piece = first_line(text);
      if (!inside) line_ = line;
      const size_t before = rows_.rows();
      if (csv_parse(&parser_, piece.data(), piece.size(), on_field, on_row, this) != piece.size()) refuse();
      inside = rows_.rows() == before && (inside || !is_blank(piece));
      text.remove_prefix(piece.size());
    }
    if (csv_fini(&parser_, on_field, on_row, this) != 0) refuse();
    return std::move(rows_);
  }

 private:
  static void on_field(void* letters, size_t count, void* self) {
    auto& reader = *static_cast<CsvReader*>(self);
    reader.rows_.text_.append(static_cast<const char*>(letters), count);
    reader.rows_.field_ends_.push_back(reader.rows_.text_.size());
  }
  static void on_row(int, void* self) {
    auto& reader = *static_cast<CsvReader*>(self);
    reader.rows_.first_field_.push_back(reader.row_begins_);
    reader.rows_.lines_.push_back(reader.line_);
    reader.row_begins_ = reader.rows_.field_ends_.size();
  }
  [[noreturn]] void refuse() {
    if (csv_error(&parser_) != CSV_EPARSE) throw std::bad_alloc();
    fail(Failure::Data, name_, ": row ", line_,
         ": its quotes are not in pairs; a field with quotes is written \"a \"\"quoted\"\" word\"");
  }

  csv_parser parser_{};
  const std::string& name_;
  CsvRows rows_;
  size_t row_begins_ = 0;
  int line_ = 1;
};

std::string_view CsvRows::field(size_t row, size_t column) const {
  const size_t index = first_field_[row] + column;
  const size_t begin = index == 0 ? 0 : field_ends_[index - 1];
  return std::string_view(text_).substr(begin, field_ends_[index] - begin);
}

CsvRows parse_csv(std::span<const uint8_t> bytes, const std::string& name, char delimiter) {
  const std::string_view text = text_of(bytes, name);
  require(!is_blank(text), Failure::Data, name, ": holds no rows");
  if (delimiter == 0) delimiter = detect_delimiter(text, name);
  return CsvReader(name, delimiter).read(delimiter == ' ' ? with_single_spaces(text) : text);
}

char csv_delimiter(std::span<const uint8_t> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return text.substr(0, text.find('\n')).find_first_of(",;\t ") == std::string_view::npos ? ',' : '\0';
}

bool is_csv(const std::string& name) { return name.ends_with(".csv") || name.ends_with(".tsv"); }

std::string delimiter_name(char delimiter) {
  return delimiter == '\t' ? "tab" : delimiter == ' ' ? "spaces" : std::string("'") + delimiter + '\'';
}

}  // namespace pare
