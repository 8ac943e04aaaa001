#include "train/task/number_tally.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "train/metrics/measures.h"
#include "train/task/text_table.h"

namespace pare {
namespace {

constexpr size_t kMostShown = 1000;

std::string name_of(const Spec& spec, size_t index) {
  return index < spec.values.size() ? spec.values[index] : std::to_string(index);
}

// Column k of (N,K) numbers: every so-many-th of them, a power of two, so that no more than kMostShown are
// left.
Json shown(const std::vector<float>& numbers, size_t k, size_t each) {
  size_t every = 1;
  const size_t examples = numbers.size() / each;
  while ((examples + every - 1) / every > kMostShown) every *= 2;
  Json list = Json::array();
  for (size_t n = 0; n < examples; n += every) list.push(rounded(double{numbers[n * each + k]}));
  return list;
}

}  // namespace

void NumberTally::add(const Tensor& outputs, const Batch& batch) {
  const Tensor y = outputs.to(DType::F32);
  check(y.size() == batch.values.size(), "errors: outputs ", y.shape(), " for values ", batch.values.shape());
  const auto each = static_cast<size_t>(batch.values.shape().row());
  values_.resize(each);
  outputs_.insert(outputs_.end(), y.floats().begin(), y.floats().end());
  targets_.insert(targets_.end(), batch.values.floats().begin(), batch.values.floats().end());
  for (int64_t n = 0; n < batch.count(); ++n, ++examples_) {
    for (size_t k = 0; k < each; ++k) {
      const int64_t at = n * static_cast<int64_t>(each) + static_cast<int64_t>(k);
      const double output = y.data<float>()[at], target = batch.values.data<float>()[at];
      Value& value = values_[k];
      const double from_mean = target - value.mean;  // Welford, "Note on a method ...", 1962
      value.mean += from_mean / static_cast<double>(examples_ + 1);
      value.squares += from_mean * (target - value.mean);
      value.squared_error += (output - target) * (output - target);
      value.absolute_error += std::fabs(output - target);
    }
  }
}

// By the largest error of a value, as a multiple of that value's deviation.
std::vector<WrongAnswer> NumberTally::worst() const {
  Worst worst;
  const size_t each = values_.size();
  for (int64_t n = 0; n < examples_; ++n) {
    size_t value = 0;
    double most = -1;
    const size_t row = static_cast<size_t>(n) * each;
    for (size_t k = 0; k < each; ++k) {
      const double spread = deviation(values_[k]);
      const double error =
          std::fabs(double{outputs_[row + k]} - targets_[row + k]) / (spread > 0 ? spread : 1);
      if (error > most) value = k, most = error;
    }
    worst.add({n, most,
               Json::object({{"value", static_cast<int64_t>(value)},
                             {"true", rounded(double{targets_[row + value]})},
                             {"predicted", rounded(double{outputs_[row + value]})}})});
  }
  return worst.answers();
}

double NumberTally::r2(const Value& value) const {
  return value.squares > 0 ? 1 - value.squared_error / value.squares
                           : std::numeric_limits<double>::quiet_NaN();
}
double NumberTally::rmse(const Value& value) const {
  return std::sqrt(value.squared_error / static_cast<double>(examples_));
}
double NumberTally::mean_absolute(const Value& value) const {
  return value.absolute_error / static_cast<double>(examples_);
}
double NumberTally::deviation(const Value& value) const {
  return std::sqrt(value.squares / static_cast<double>(examples_));
}

std::vector<Metric> NumberTally::metrics() const {
  double r2_sum = 0, squared = 0;
  for (const Value& value : values_) {
    r2_sum += r2(value);
    squared += value.squared_error;
  }
  const auto each = static_cast<double>(values_.size());
  return {{"r2", r2_sum / each}, {"rmse", std::sqrt(squared / each / static_cast<double>(examples_))}};
}

Json NumberTally::details(const Spec& spec) const {
  Json all = Json::array();
  for (size_t k = 0; k < values_.size(); ++k)
    all.push(Json::object({{"name", name_of(spec, k)},
                           {"mean", values_[k].mean},
                           {"deviation", deviation(values_[k])},
                           {"r2", r2(values_[k])},
                           {"rmse", rmse(values_[k])},
                           {"absolute_error", mean_absolute(values_[k])},
                           {"true", shown(targets_, k, values_.size())},
                           {"predicted", shown(outputs_, k, values_.size())}}));
  return Json::object({{"values", std::move(all)}});
}

std::string NumberTally::table(const Spec& spec, int columns) const {
  constexpr int kNumbers = 63;  // characters of the five columns
  const auto most = static_cast<size_t>(std::clamp(columns - kNumbers, 4, 32));
  std::vector<std::vector<std::string>> rows{{"value", "mean", "deviation", "R2", "RMSE", "mean error"}};
  for (size_t k = 0; k < values_.size(); ++k)
    rows.push_back({shortened(name_of(spec, k), most), text(values_[k].mean), text(deviation(values_[k])),
                    three_digits(r2(values_[k])), text(rmse(values_[k])), text(mean_absolute(values_[k]))});
  return aligned(rows);
}

}  // namespace pare
