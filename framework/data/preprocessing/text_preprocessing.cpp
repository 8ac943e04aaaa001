#include "framework/data/preprocessing/text_preprocessing.h"

#include <algorithm>
#include <optional>

#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/data/sources/table/table_file.h"
#include "framework/data/sources/texts/text_set.h"
#include "framework/data/text/alphabet.h"

namespace pare {
namespace {

constexpr Word<TextUnits> kUnits[] = {{"characters", TextUnits::Characters}, {"bytes", TextUnits::Bytes}};
constexpr int kLongest = 1 << 16;
constexpr int64_t kMostNumbers = 1 << 22;
constexpr int kBytes = 256;
constexpr std::byte kThere{255};

std::string_view text_of(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

char32_t small(char32_t c) { return c >= U'A' && c <= U'Z' ? c - U'A' + U'a' : c; }

bool is_blank(char32_t c) { return c == U'\n' || c == U'\t' || c == U'\r' || c == U'\u00a0'; }

}  // namespace

void TextPreprocessing::describe(Fields& fields) {
  fields.integer("length", length, Range::between(1, kLongest),
                 "units of an input: of longer texts the beginning is taken, behind shorter ones is nothing",
                 Need::Required);
  fields.choice("units", units, std::span(kUnits),
                "characters: those of `alphabet`, of UTF-8; bytes: all 256, of any encoding");
  fields.text("alphabet", alphabet,
              "the characters that are told apart; others count as nothing, line ends and tabs as blanks");
  fields.flag("lower_case", lower_case, "takes A to Z as a to z");
  fields.text("text", column, "of a table: the column of the texts", Need::IfAny);
}

InputShape TextPreprocessing::input(const std::string& where) const {
  const int channels = units == TextUnits::Bytes ? kBytes : Alphabet(alphabet, where + "alphabet").size();
  require(int64_t{length} * channels <= kMostNumbers, Failure::Data, where, "length: ", length, " times ",
          channels, " characters are more than ", kMostNumbers, " numbers an input; use a shorter one");
  return {length, 1, channels, Element::U8};
}

void TextPreprocessing::require_fits(const InputShape& shape, const std::string& where) const {
  const InputShape expected = input(where + ": ");
  require(shape == expected, Failure::Data, where, ": texts become inputs of (", expected.height, ",1,",
          expected.channels, ") bytes, not of (", shape.height, ",", shape.width, ",", shape.channels,
          shape.element == Element::F32 ? ") floats" : ")");
}

// The last character may be cut.
void TextPreprocessing::require_known(std::span<const uint8_t> beginning, const std::string& name) const {
  require(!beginning.empty(), Failure::Data, name, ": is empty");
  if (units == TextUnits::Bytes) return;
  size_t whole = beginning.size();
  for (int i = 0; i < 3 && whole > 0 && (beginning[whole - 1] & 0xC0) == 0x80; ++i) --whole;
  if (whole > 0 && beginning[whole - 1] >= 0xC0) --whole;
  characters_of(text_of(beginning.first(whole)), name);
}

std::vector<int16_t> TextPreprocessing::numbers_of(std::string_view text, const std::string& where) const {
  std::vector<int16_t> numbers;
  if (units == TextUnits::Bytes) {
    for (const char c : text) {
      const char32_t byte = static_cast<uint8_t>(c);
      numbers.push_back(static_cast<int16_t>(lower_case ? small(byte) : byte));
    }
    return numbers;
  }
  const Alphabet known(alphabet, "alphabet");
  for (char32_t c : characters_of(text, where)) {
    if (lower_case) c = small(c);
    if (is_blank(c) && known.number_of(c) == Alphabet::kUnknown) c = U' ';
    numbers.push_back(static_cast<int16_t>(known.number_of(c)));
  }
  return numbers;
}

void TextPreprocessing::prepare(std::span<const uint8_t> file, const std::string& name,
                                const InputShape& input, std::byte* to) const {
  require(!file.empty(), Failure::Data, name, ": is empty");
  std::vector<int16_t> numbers = numbers_of(text_of(file), name);
  numbers.resize(std::min(numbers.size(), static_cast<size_t>(input.height)));
  std::fill_n(to, input.bytes(), std::byte{0});
  mark(numbers, input, to);
}

PreparedFile TextPreprocessing::prepare_all(std::span<const uint8_t> file, const std::string& name,
                                            const InputShape& input) const {
  if (!is_csv(name)) return OneInputAFile::prepare_all(file, name, input);
  require(
      !column.empty(), Failure::Data, name,
      ": is a table, and the model learnt from files; write each text into a file of its own, or to stdin");
  const TableFile table(file, name, {.columns = {}, .delimiter = csv_delimiter(file)});
  const auto found = std::ranges::find(table.columns(), column);
  require(found != table.columns().end(), Failure::Data, name, ": has no column '", column,
          "', of which the network reads the texts", did_you_mean(column, table.columns(), "columns"));
  const auto at = static_cast<size_t>(found - table.columns().begin());
  const auto inputs = std::make_shared<TextSet>(*this, input);
  PreparedFile prepared{inputs};
  for (size_t row = 0; row < table.rows(); ++row) try {
      inputs->add(table.cell(row, at), 0, table.place(row));
    } catch (const Error& error) {
      prepared.faults.push_back(error.what());
    }
  if (inputs->count() == 0) fail(Failure::Data, prepared.faults.front());
  return prepared;
}

void TextPreprocessing::mark(std::span<const int16_t> numbers, const InputShape& input, std::byte* to) {
  for (const int16_t number : numbers) {
    if (number >= 0) to[number] = kThere;
    to += input.channels;
  }
}

std::string TextPreprocessing::text_in(const InputShape& input, const std::byte* raw) const {
  std::optional<Alphabet> known;
  if (units == TextUnits::Characters) known.emplace(alphabet, "alphabet");
  std::u32string text;
  size_t end = 0;
  for (int i = 0; i < input.height; ++i) {
    const std::byte* const place = raw + int64_t{i} * input.channels;
    const auto number = static_cast<int>(std::find(place, place + input.channels, kThere) - place);
    if (number == input.channels) {
      text.push_back(U'?');
      continue;
    }
    const bool printable = number >= ' ' && number < 0x7F;
    text.push_back(known ? (*known)[number] : printable ? static_cast<char32_t>(number) : U'?');
    end = text.size();
  }
  text.resize(end);
  return utf8_of(text);
}

}  // namespace pare
