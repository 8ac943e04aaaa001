// NumberTally: errors of predicted numbers, of all and of each.
#pragma once

#include "train/task/tally.h"

namespace pare {

class NumberTally : public Tally {
 public:
  // outputs and targets in the same unit
  void add(const Tensor& outputs, const Batch& batch) override;
  // "r2", mean over the values of 1 - sum of squared errors / sum of squared deviations from the mean;
  // "rmse", over all numbers.
  std::vector<Metric> metrics() const override;
  // {"values": [{"name", "mean", "deviation", "r2", "rmse", "absolute_error", "true": [...],
  // "predicted": [...]}, ...]}, the last two of some examples, evenly spread.
  Json details(const Spec& spec) const override;
  std::vector<WrongAnswer> worst() const override;
  std::string table(const Spec& spec, int columns) const override;

 private:
  struct Value {
    double mean = 0, squares = 0;  // of targets; squares: the sum of (target - mean)^2
    double squared_error = 0, absolute_error = 0;
  };
  double r2(const Value& value) const;
  double rmse(const Value& value) const;
  double mean_absolute(const Value& value) const;
  double deviation(const Value& value) const;

  int64_t examples_ = 0;
  std::vector<Value> values_;
  std::vector<float> outputs_, targets_;  // (N,K) of all
};

}  // namespace pare
