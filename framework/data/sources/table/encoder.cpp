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
            "' is a missing value; leave the row out, or write a word for it");
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
          "' is a missing value; leave the row out", if_missing);
  const ParsedNumber number = parse_number(cell);
  require(number.value.has_value(), Failure::Data, file.place(row, column), ": found '", cell, "'; ",
          number.fault, number.is_word ? if_word : "");
  return *number.value;
}

Encoder::Encoder(const TableFile& train, const Roles& roles, const std::vector<bool>& held_out,
                 Missing missing)
    : missing_(missing) {
  for (const Feature& feature : roles.features) {
    const std::string& name = train.columns()[feature.column];
    Column column;
    if (feature.categorical) {
      column.categories = words_of(train, feature.column, kMostCategories,
                                   "too many for one-hot inputs; leave the column out: \"ignore\"");
      for (const std::string& category : column.categories) names_.push_back(text(name, '=', category));
    } else {
      names_.push_back(name);
    }
    if (!feature.categorical && missing == Missing::Mean) {
      double sum = 0;
      size_t count = 0;
      for (size_t row = 0; row < train.rows(); ++row) {
        if (held_out[row] || is_missing(train.cell(row, feature.column))) continue;
        sum += number_in(train, row, feature.column, "", advice_for_words(train, feature.column));
        ++count;
      }
      require(count > 0, Failure::Data, train.path(), ": column '", name,
              "' has no value in any training row, so it has no mean; leave it out: \"ignore\": [\"", name,
              "\"]");
      column.mean = static_cast<float>(sum / static_cast<double>(count));
    }
    columns_.push_back(std::move(column));
  }
}

std::vector<float> Encoder::encode(const TableFile& file, const Roles& roles, std::span<const int> rows) {
  std::vector<float> numbers;
  numbers.reserve(rows.size() * names_.size());
  for (const int index : rows) {
    const auto row = static_cast<size_t>(index);
    for (size_t i = 0; i < columns_.size(); ++i) {
      const size_t at = roles.features[i].column;
      const std::string_view cell = file.cell(row, at);
      const std::vector<std::string>& categories = columns_[i].categories;
      if (!categories.empty()) {
        const auto found = std::lower_bound(categories.begin(), categories.end(), cell);
        require(found != categories.end() && *found == cell, Failure::Data, file.place(row, at), ": '", cell,
                "' is no category of the training file, whose categories are ", comma_list(categories));
        numbers.insert(numbers.end(), categories.size(), 0.0f);
        numbers[numbers.size() - static_cast<size_t>(categories.end() - found)] = 1.0f;
      } else if (missing_ == Missing::Mean && is_missing(cell)) {
        numbers.push_back(columns_[i].mean);
        ++filled_;
      } else {
        numbers.push_back(number_in(file, row, at, kMeanAdvice, advice_for_words(file, at)));
      }
    }
  }
  return numbers;
}

}  // namespace pare
