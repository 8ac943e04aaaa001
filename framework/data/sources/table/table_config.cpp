#include "framework/data/sources/table/table_config.h"

#include <algorithm>

#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/data/sources/data_file.h"
#include "framework/data/sources/numbers.h"
#include "framework/data/sources/table/examples.h"
#include "framework/data/sources/table/table_set.h"

namespace pare {
namespace {

enum class Delimiter { Detect, Comma, Semicolon, Tab, Space };
constexpr Word<Delimiter> kDelimiters[] = {{"detect", Delimiter::Detect},
                                           {",", Delimiter::Comma},
                                           {";", Delimiter::Semicolon},
                                           {"tab", Delimiter::Tab},
                                           {"space", Delimiter::Space}};
constexpr char kCharacters[] = {0, ',', ';', '\t', ' '};  // in the enum's order
constexpr Word<Missing> kMissing[] = {
    {"error", Missing::Error}, {"mean", Missing::Mean}, {"drop", Missing::Drop}};
constexpr int kLongestWindow = 1 << 20;

// The rows of one file that are encoded, cut into examples, and divided.
struct Parts {
  std::shared_ptr<const Source> train, test;
  Pieces pieces;
};

std::vector<size_t> columns_of(const Roles& roles) {
  std::vector<size_t> columns;
  for (const Feature& feature : roles.features) columns.push_back(feature.column);
  return columns;
}

Parts parts_of(const TableFile& file, const Roles& roles, const Asked& asked, const std::vector<bool>& held,
               const TablePreprocessing& encoding, Encoder& encoder, const TableConfig& config) {
  Parts parts;
  const Groups groups = groups_of(file, roles);
  parts.pieces = pieces_of(groups, asked, config.window, config.hop > 0 ? config.hop : config.window);
  const bool stay_together = roles.group || config.window > 1;  // windows share rows, or follow each other
  const std::vector<int>& order = parts.pieces.order;
  const auto numbers =
      std::make_shared<const std::vector<float>>(encoder.encode(file, columns_of(roles), order));
  const auto channels = static_cast<int>(encoding.inputs.size());
  const InputShape input{config.window, 1, channels, Element::F32};
  std::vector<int> starts[2];
  Asked of_examples[2];
  std::vector<std::string> names[2];
  std::vector<int32_t> group_of_examples[2];
  for (const int start : parts.pieces.starts) {
    const int row = order[static_cast<size_t>(start)];
    const size_t side = held[static_cast<size_t>(row)] ? 1 : 0;
    starts[side].push_back(start);
    of_examples[side].append(asked, row);
    names[side].push_back(file.place(static_cast<size_t>(row)));
    if (stay_together) group_of_examples[side].push_back(groups.of_each[static_cast<size_t>(row)]);
  }
  const auto set_of = [&](size_t side) {
    return std::make_shared<TableSet>(numbers, input, std::move(starts[side]), std::move(of_examples[side]),
                                      std::move(names[side]), std::move(group_of_examples[side]));
  };
  parts.train = set_of(0);
  parts.test = set_of(1);
  return parts;
}

void require_examples(const Source& source, const char* kind, const TableFile& file,
                      const TableConfig& config) {
  require(source.count() > 0, Failure::Data, file.path(), ": gives no ", kind, " examples; ",
          config.window > 1 ? text("no ", kind, " group has ", config.window,
                                   " rows in a row that ask for the same; use a smaller window")
                            : "give it more rows");
}

std::string left_out(const Pieces& pieces, const TableFile& file, int window) {
  std::string note;
  if (pieces.contradictory > 0)
    note = text(file.path(), ": ", pieces.contradictory, " windows whose rows do not agree were left out");
  if (pieces.short_groups > 0)
    note += text(note.empty() ? file.path() + ": " : "; ", pieces.short_groups, " groups have fewer than ",
                 window, " rows");
  return note;
}

// Leaves out rows that miss something that is read of them.
void drop_missing(TableFile& file, const Roles& roles, int window, std::vector<std::string>& notes) {
  require(window == 1, Failure::Usage,
          "data.source.missing: rows that are left out would be gaps in windows over time; use mean");
  std::vector<size_t> columns = columns_of(roles);
  columns.insert(columns.end(), roles.targets.begin(), roles.targets.end());
  for (const std::optional<size_t>& column : {roles.label, roles.group})
    if (column) columns.push_back(*column);
  const size_t before = file.rows();
  file.keep([&](size_t row) {
    return std::ranges::none_of(columns, [&](size_t column) { return is_missing(file.cell(row, column)); });
  });
  require(file.rows() > 0, Failure::Data, file.path(),
          ": each row misses something; \"ignore\" columns that are mostly empty");
  if (const size_t dropped = before - file.rows(); dropped > 0)
    notes.push_back(
        text(file.path(), ": ", dropped, " of ", before, " rows miss something and were left out"));
}

}  // namespace

void TableConfig::describe(Fields& fields) {
  fields.text("path", path, "the file: CSV, plain or gzipped", Need::Required);
  fields.text("test", test, "a file of the same columns to test on", Need::IfAny);
  hold_out.describe(fields);
  fields.texts("columns", columns, "names of the columns, where the file has no header row", Need::IfAny);
  fields.flag(
      "header", header,
      "the first row names the columns; otherwise, and without `columns`, they are called c1, c2, c3, ...");
  fields.integer("skip", skip, Range::between(0, 1 << 20), "rows to leave out at the start of the file");
  auto chosen = Delimiter::Detect;
  for (const Delimiter one : {Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab, Delimiter::Space})
    if (kCharacters[static_cast<size_t>(one)] == delimiter) chosen = one;
  fields.choice("delimiter", chosen, std::span(kDelimiters),
                "what separates fields; space: any number of blanks");
  delimiter = kCharacters[static_cast<size_t>(chosen)];
  fields.text("label", label, "column of the class", Need::IfAny);
  fields.texts("targets", targets, "columns of the numbers to predict, instead of a class", Need::IfAny);
  fields.texts("categorical", categorical, "columns of words, each of which becomes an input of 0 or 1",
               Need::IfAny);
  fields.texts("ignore", ignore, "columns that are no inputs", Need::IfAny);
  fields.choice("missing", missing, std::span(kMissing),
                "what becomes of empty cells, NA, nan and ?: an error; the mean of the training rows, of "
                "numbers that are inputs; or their rows are left out");
  fields.text("group", group,
              "column that says which rows belong together, such as a recording: none is on both sides of "
              "`test_share`, and windows stay within one",
              Need::IfAny);
  fields.integer("window", window, Range::between(1, kLongestWindow),
                 "consecutive rows an example, which becomes (window,1,columns)");
  fields.integer("hop", hop, Range::between(0, kLongestWindow),
                 "rows from the start of one window to that of the next; 0: as many as `window`");
}

Dataset TableConfig::load(const std::string& data_directory) const {
  hold_out.require_one(!test.empty(), "a file of test rows: \"test\": \"FILE\"");
  require(window == 1 || !group.empty() || !test.empty(), Failure::Usage,
          "data.source: windows of one recording would be on both sides of test_share; say which rows belong "
          "together: \"group\": \"COLUMN\", or give a file of test rows");
  const TableFormat format{columns, delimiter, skip, header};
  TableFile file(find_data_file(path, data_directory), format);
  const Roles roles = roles_of(*this, file);
  std::vector<std::string> notes;
  if (missing == Missing::Drop) drop_missing(file, roles, window, notes);
  const Classes classes = roles.label ? Classes(file, *roles.label) : Classes();
  const Asked asked = asked_of(file, roles, classes);
  const std::vector<bool> held = held_out_rows(file, roles, asked, hold_out);
  Spec spec;
  spec.preprocessing = choose(preprocessing_table(), "table");
  auto& encoding = static_cast<TablePreprocessing&>(*spec.preprocessing);
  encoding = learn_encoding(file, roles, held, missing);
  encoding.columns = columns;
  encoding.header = header;
  encoding.skip = skip;
  encoding.window = window;
  encoding.hop = hop;
  Encoder encoder(encoding);
  Parts parts = parts_of(file, roles, asked, held, encoding, encoder, *this);
  notes.insert(notes.begin(), text(file.path(), ": ", file.rows(), " rows of fields separated by ",
                                   delimiter_name(file.delimiter()), "; ", encoding.inputs.size(),
                                   " inputs: ", comma_list(encoding.inputs)));
  notes.push_back(left_out(parts.pieces, file, window));
  require_examples(*parts.train, "training", file, *this);
  if (test.empty()) {
    require_examples(*parts.test, "test", file, *this);
  } else {
    TableFile other(find_data_file(test, data_directory), format);
    const Roles other_roles = roles_in(other, file, roles);
    if (missing == Missing::Drop) drop_missing(other, other_roles, window, notes);
    const Parts tested = parts_of(other, other_roles, asked_of(other, other_roles, classes),
                                  std::vector<bool>(other.rows(), true), encoding, encoder, *this);
    require_examples(*tested.test, "test", other, *this);
    notes.push_back(left_out(tested.pieces, other, window));
    parts.test = tested.test;
  }
  if (encoder.filled() > 0) notes.push_back(text(encoder.filled(), " missing cells got their column's mean"));
  std::erase(notes, "");
  spec.data = file_name_of(file.path());
  spec.classes = classes.names();
  spec.values = targets;
  spec.input = parts.train->input();
  return {std::move(spec), parts.train, parts.test, folder_of(file.path()), std::move(notes)};
}

}  // namespace pare
