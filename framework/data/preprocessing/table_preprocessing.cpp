#include "framework/data/preprocessing/table_preprocessing.h"

#include <cstring>
#include <numeric>

#include "framework/base/error.h"
#include "framework/data/preprocessing/prepared_inputs.h"
#include "framework/data/sources/table/encoder.h"

namespace pare {
namespace {

// Encodes what can be: where rows are inputs by themselves, one that is wrong takes no other with it.
struct EncodedRows {
  std::vector<float> numbers;  // (rows,C)
  std::vector<int> rows;
  std::vector<std::string> faults;
};

EncodedRows encoded(const TableFile& file, Encoder& encoder, int window) {
  const std::vector<size_t> columns = encoder.columns_in(file);
  EncodedRows all;
  all.rows.resize(file.rows());
  std::iota(all.rows.begin(), all.rows.end(), 0);
  try {
    all.numbers = encoder.encode(file, columns, all.rows);
    return all;
  } catch (const Error& error) {
    if (window > 1) throw;
  }
  EncodedRows good;
  for (const int row : all.rows) try {
      const std::vector<float> numbers = encoder.encode(file, columns, {&row, 1});
      good.numbers.insert(good.numbers.end(), numbers.begin(), numbers.end());
      good.rows.push_back(row);
    } catch (const Error& error) {
      good.faults.push_back(error.what());
    }
  if (good.rows.empty()) fail(Failure::Data, good.faults.front());
  return good;
}

}  // namespace

void TablePreprocessing::describe(Fields& fields) {
  fields.texts("inputs", inputs, "columns, or COLUMN=WORD for 1 where a column of words holds that one");
  fields.texts("categorical", categorical, "columns of words", Need::IfAny);
  fields.numbers("means", means, Range::any(), "what stands for a missing cell of each input", Need::IfAny);
  fields.texts("columns", columns, "names of the columns of files without a header", Need::IfAny);
  fields.flag("header", header, "the first row names the columns; otherwise they are called c1, c2, c3, ...");
  fields.integer("skip", skip, Range::between(0, 1 << 20), "rows to leave out at the start of the file");
  fields.integer("window", window, Range::between(1, 1 << 20), "consecutive rows an input");
  fields.integer("hop", hop, Range::between(0, 1 << 20),
                 "rows from the start of one window to that of the next; 0: as many as window");
}

void TablePreprocessing::require_fits(const InputShape& input, const std::string& where) const {
  require(input.height == window && input.width == 1 &&
              static_cast<size_t>(input.channels) == inputs.size() && input.element == Element::F32,
          Failure::Data, where, ": ", window, " rows of ", inputs.size(), " inputs are no (", input.height,
          ',', input.width, ',', input.channels, ")");
  require(means.empty() || means.size() == inputs.size(), Failure::Data, where, ": ", means.size(),
          " means for ", inputs.size(), " inputs");
}

PreparedFile TablePreprocessing::prepare_all(std::span<const uint8_t> bytes, const std::string& name,
                                             const InputShape& input) const {
  const TableFile file(bytes, name, {columns, csv_delimiter(bytes), skip, header});
  Encoder encoder(*this);
  const auto [numbers, rows, faults] = encoded(file, encoder, window);
  require(std::ssize(rows) >= window, Failure::Data, name, ": has ", rows.size(), " rows, expected at least ",
          window, ", as many as an input takes");
  std::vector<std::byte> windows;
  std::vector<std::string> names;
  const auto channels = static_cast<size_t>(input.channels);
  for (int start = 0; start + window <= std::ssize(rows); start += hop > 0 ? hop : window) {
    const auto* const from =
        reinterpret_cast<const std::byte*>(numbers.data() + static_cast<size_t>(start) * channels);
    windows.insert(windows.end(), from, from + input.bytes());
    names.push_back(file.place(static_cast<size_t>(rows[static_cast<size_t>(start)])));
  }
  return {std::make_shared<PreparedInputs>(input, std::move(windows), std::move(names)), faults};
}

}  // namespace pare
