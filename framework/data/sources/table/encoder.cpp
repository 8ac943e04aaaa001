#include "framework/data/sources/table/encoder.h"

#include <algorithm>
#include <set>

#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/data/sources/class_names.h"
#include "framework/data/sources/numbers.h"

namespace pare {
namespace {

constexpr size_t kMostClasses = 1 << 16;
constexpr size_t kMostCategories = 1024;
constexpr const char* kMeanAdvice = ", or put the mean of the column in its place: \"missing\": \"mean\"";

// Different words of a column, none of them missing.
std::vector<std::string> words_of(const TableFile& file, size_t column, size_t most,
                                  const std::string& advice) {
  std::set<std::string, std::less<>> words;
  for (size_t row = 0; row < file.rows(); ++row) {
    const std::string_view cell = file.cell(row, column);
    require(!is_missing(cell), Failure::Data, file.place(row, column), ": '", cell,
            "' is a missing value; write a word for it, or leave such rows out: \"missing\": \"drop\"");
    if (!words.contains(cell)) words.emplace(cell);
    require(words.size() <= most, Failure::Usage, "data.source: column '", file.columns()[column], "' of ",
            file.path(), " has more than ", most, " different values; ", advice);
  }
  return {words.begin(), words.end()};
}

std::string advice_for_words(const TableFile& file, size_t column) {
  const std::string& name = file.columns()[column];
  return text("; if the column names categories, say so: \"categorical\": [\"", name,
              "\"], or leave it out: \"ignore\": [\"", name, "\"]");
}

}  // namespace

Classes::Classes(const TableFile& file, size_t column)
    : names_(words_of(file, column, kMostClasses,
                      "for numbers to predict, write \"targets\" instead of \"label\"")) {
  sort_class_names(names_);
  require(names_.size() > 1, Failure::Data, file.path(), ": all rows are of the class '", names_.front(),
          "', so there is nothing to tell apart");
  require(names_.size() < file.rows(), Failure::Usage, "data.source.label: each row of ", file.path(),
          " has a class of its own in column '", file.columns()[column],
          "'; for numbers to predict, write \"targets\" instead of \"label\"");
  for (size_t i = 0; i < names_.size(); ++i) index_.emplace(names_[i], static_cast<int32_t>(i));
}

int32_t Classes::of(const TableFile& file, size_t row, size_t column) const {
  const auto found = index_.find(file.cell(row, column));
  require(found != index_.end(), Failure::Data, file.place(row, column), ": '", file.cell(row, column),
          "' is no class of the training file, whose classes are ", comma_list(names_));
  return found->second;
}

float number_in(const TableFile& file, size_t row, size_t column, const std::string& if_missing,
                const std::string& if_word) {
  const std::string_view cell = file.cell(row, column);
  require(!is_missing(cell), Failure::Data, file.place(row, column), ": '", cell,
          "' is a missing value; leave such rows out: \"missing\": \"drop\"", if_missing);
  const ParsedNumber number = parse_number(cell);
  require(number.value.has_value(), Failure::Data, file.place(row, column), ": found '", cell, "'; ",
          number.fault, number.is_word ? if_word : "");
  return *number.value;
}

namespace {

// The mean of a column's cells that are there, over the rows that are not held out.
double mean_of(const TableFile& train, size_t column, const std::vector<bool>& held_out) {
  const std::string& name = train.columns()[column];
  double sum = 0;
  size_t count = 0;
  for (size_t row = 0; row < train.rows(); ++row) {
    if (held_out[row] || is_missing(train.cell(row, column))) continue;
    sum += number_in(train, row, column, "", advice_for_words(train, column));
    ++count;
  }
  require(count > 0, Failure::Data, train.path(), ": column '", name,
          "' has no value in any training row, so it has no mean; leave it out: \"ignore\": [\"", name,
          "\"]");
  return double{static_cast<float>(sum / static_cast<double>(count))};
}

}  // namespace

TablePreprocessing learn_encoding(const TableFile& train, const Roles& roles,
                                  const std::vector<bool>& held_out, Missing missing) {
  TablePreprocessing encoding;
  for (const Feature& feature : roles.features) {
    const std::string& name = train.columns()[feature.column];
    std::vector<std::string> names{name};
    if (feature.categorical) {
      names = words_of(train, feature.column, kMostCategories,
                       "too many for one-hot inputs; leave the column out: \"ignore\"");
      for (std::string& word : names) word = text(name, '=', word);
      encoding.categorical.push_back(name);
    }
    encoding.inputs.insert(encoding.inputs.end(), names.begin(), names.end());
    if (missing == Missing::Mean)
      encoding.means.resize(encoding.inputs.size(),
                            feature.categorical ? 0 : mean_of(train, feature.column, held_out));
  }
  return encoding;
}

Encoder::Encoder(const TablePreprocessing& encoding) : inputs_(encoding.inputs.size()) {
  const std::set<std::string> words(encoding.categorical.begin(), encoding.categorical.end());
  for (size_t i = 0; i < inputs_; ++i) {
    const std::string& input = encoding.inputs[i];
    // A column's name may hold a "=", too, so all that may be its end are tried.
    size_t end = input.find('=');
    while (end != std::string::npos && !words.contains(input.substr(0, end))) end = input.find('=', end + 1);
    const std::string name = input.substr(0, end);
    if (end == std::string::npos || columns_.empty() || columns_.back().name != name)
      columns_.push_back({name, {}, std::nullopt});
    if (end != std::string::npos)
      columns_.back().categories.push_back(input.substr(end + 1));
    else if (!encoding.means.empty())
      columns_.back().mean = static_cast<float>(encoding.means[i]);
  }
}

std::vector<size_t> Encoder::columns_in(const TableFile& file) const {
  std::vector<size_t> places;
  for (const Column& column : columns_) {
    const auto found = std::ranges::find(file.columns(), column.name);
    require(found != file.columns().end(), Failure::Data, file.path(), ": has no column '", column.name,
            "', which the network reads", did_you_mean(column.name, file.columns(), "columns"));
    places.push_back(static_cast<size_t>(found - file.columns().begin()));
  }
  return places;
}

std::vector<float> Encoder::encode(const TableFile& file, std::span<const size_t> columns,
                                   std::span<const int> rows) {
  std::vector<float> numbers;
  numbers.reserve(rows.size() * inputs_);
  for (const int index : rows) {
    const auto row = static_cast<size_t>(index);
    for (size_t i = 0; i < columns_.size(); ++i) {
      const size_t at = columns[i];
      const std::string_view cell = file.cell(row, at);
      const std::vector<std::string>& categories = columns_[i].categories;
      if (!categories.empty()) {
        const auto found = std::lower_bound(categories.begin(), categories.end(), cell);
        require(found != categories.end() && *found == cell, Failure::Data, file.place(row, at), ": '", cell,
                "' is no category of the training file, whose categories are ", comma_list(categories));
        numbers.insert(numbers.end(), categories.size(), 0.0f);
        numbers[numbers.size() - static_cast<size_t>(categories.end() - found)] = 1.0f;
      } else if (columns_[i].mean && is_missing(cell)) {
        numbers.push_back(*columns_[i].mean);
        ++filled_;
      } else {
        numbers.push_back(number_in(file, row, at, kMeanAdvice, advice_for_words(file, at)));
      }
    }
  }
  return numbers;
}

}  // namespace pare
