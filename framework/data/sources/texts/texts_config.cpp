#include "framework/data/sources/texts/texts_config.h"

#include "framework/base/error.h"
#include "framework/data/sources/data_file.h"
#include "framework/data/sources/table/examples.h"
#include "framework/data/sources/texts/text_set.h"

namespace pare {
namespace {

constexpr double kManyUnknown = 0.02;  // share of characters that are not in the alphabet

// The columns of a file that are read.
struct Columns {
  size_t text;
  Roles roles;

  Columns(const TableFile& file, const TextsConfig& config)
      : text(file.column(config.preprocessing.column, "data.source.text")) {
    roles.label = file.column(config.label, "data.source.label");
  }
};

std::string unknown_said(const TextSet& texts) {
  const double share = static_cast<double>(texts.unknown()) / static_cast<double>(texts.units());
  if (share < kManyUnknown) return "";
  return pare::text("warning: ", static_cast<int>(100 * share),
                    " % of the characters are not in data.source.alphabet and count as nothing");
}

}  // namespace

const FileKind& text_files() {
  static const FileKind kind{
      "text",
      "texts",
      {".txt", ".text", ".md"},
      {".pdf", ".doc", ".docx", ".odt", ".rtf", ".html", ".htm"},
      "only plain text is read; convert it, as by `pandoc OLD -t plain -o NEW.txt`, or remove it"};
  return kind;
}

void TextsConfig::describe(Fields& fields) {
  describe_path(fields,
                "the folder: FOLDER/CLASS/TEXT.txt, or the same in FOLDER/train, FOLDER/test and perhaps "
                "FOLDER/validation; or, with `text` and `label`, a table (CSV)");
  fields.text("label", label, "of a table: the column of the class", Need::IfAny);
  fields.text("test", test, "of a table: a file of the same columns to test on", Need::IfAny);
  preprocessing.describe(fields);
  describe_division(fields);
}

Dataset TextsConfig::load(const std::string& data_directory) const {
  InputShape input;
  try {
    input = preprocessing.input("data.source.");
  } catch (const Error& error) {
    fail(Failure::Usage, error.what());
  }
  const bool is_table = !preprocessing.column.empty() || !label.empty();
  require(
      is_table || test.empty(), Failure::Usage,
      "data.source.test: is for a table; say which columns hold texts and classes: \"text\" and \"label\"");
  if (is_table) return load_table(data_directory, input);
  Variant<Preprocessing> chosen = choose(preprocessing_table(), "texts");
  static_cast<TextPreprocessing&>(*chosen) = preprocessing;
  return load_files(data_directory, text_files(), std::move(chosen), input);
}

Dataset TextsConfig::load_table(const std::string& data_directory, const InputShape& input) const {
  require(!preprocessing.column.empty() && !label.empty(), Failure::Usage,
          "data.source: of a table, both columns are wanted: \"text\" and \"label\"");
  require(
      file_names.empty() && ignore.empty() && split.group.empty() && split.test_list.empty(), Failure::Usage,
      "data.source: file_names, ignore, group and test_list are for folders of files, and \"text\" says that "
      "this is a table");
  split.hold_out.require_one(!test.empty(), "a file of test rows: \"test\": \"FILE\"");
  const TableFile file(find_data_file(path, data_directory), {});
  const Columns columns(file, *this);
  const Classes classes(file, *columns.roles.label);
  const Asked asked = asked_of(file, columns.roles, classes);
  const std::vector<bool> held = held_out_rows(file, columns.roles, asked, split.hold_out);
  const auto train = std::make_shared<TextSet>(preprocessing, input),
             tested = std::make_shared<TextSet>(preprocessing, input);
  for (size_t row = 0; row < file.rows(); ++row)
    (held[row] ? *tested : *train)
        .add(file.cell(row, columns.text), asked.label(static_cast<int>(row)), file.place(row));
  if (!test.empty()) {
    const TableFile other(find_data_file(test, data_directory), {});
    const Columns of_other(other, *this);
    for (size_t row = 0; row < other.rows(); ++row)
      tested->add(other.cell(row, of_other.text), classes.of(other, row, *of_other.roles.label),
                  other.place(row));
  }
  Dataset data;
  data.spec.data = file_name_of(file.path());
  data.spec.classes = classes.names();
  data.spec.input = input;
  data.spec.preprocessing = choose(preprocessing_table(), "texts");
  static_cast<TextPreprocessing&>(*data.spec.preprocessing) = preprocessing;
  data.folder = folder_of(file.path());
  data.notes = {pare::text(file.path(), ": ", classes.names().size(), " classes; ", train->count(),
                           " texts to train on, ", tested->count(), " to test on")};
  if (const std::string unknown = unknown_said(*train); !unknown.empty()) data.notes.push_back(unknown);
  data.train = train;
  data.test = tested;
  return data;
}

}  // namespace pare
