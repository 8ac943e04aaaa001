// Regression: numbers an example; mean squared error, judged by the mean absolute error.
#pragma once

#include "train/task/task.h"

namespace pare {

class Regression : public Task {
 public:
  Var loss(Tape& tape, const Var& outputs, const Batch& batch) const override;
  const char* metric() const override { return "absolute_error"; }
  bool counts_examples() const override { return false; }
  std::string said(double metric) const override;
  std::string said(const Score& score, const char* part) const override;
  // Of each example the mean over its numbers.
  double metric_sum(const Tensor& outputs, const Batch& batch) const override;
};

}  // namespace pare
