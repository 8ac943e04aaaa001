// Classification: one class an example; cross-entropy of the outputs as scores, judged by accuracy.
#pragma once

#include "train/task/task.h"

namespace pare {

class Classification : public Task {
 public:
  // Label smoothing (Szegedy et al., "Rethinking the Inception Architecture", 2016, section 7): this share of
  // each target is spread over all classes, 0 <= label_smoothing < 1. `class_weights`: how much an example of
  // each class counts in training; none: all count the same.
  explicit Classification(double label_smoothing = 0, std::vector<float> class_weights = {})
      : label_smoothing_(static_cast<float>(label_smoothing)), class_weights_(std::move(class_weights)) {}

  Var loss(Tape& tape, const Var& outputs, const Batch& batch) const override;
  Var imitation_loss(Tape& tape, const Var& outputs, const Tensor& targets, float temperature) const override;
  Tensor soft_targets(const Tensor& outputs, float temperature) const override;
  double reported_loss(const Tensor& outputs, const Batch& batch) const override;
  const char* metric() const override { return "accuracy"; }
  bool counts_examples() const override { return true; }
  std::string said(double metric) const override;
  std::string said(const Score& score) const override;
  std::string said(const Score& score, const char* part) const override;
  double metric_sum(const Tensor& outputs, const Batch& batch) const override;
  std::unique_ptr<Tally> tally() const override;

 private:
  float label_smoothing_;
  std::vector<float> class_weights_;
};

}  // namespace pare
