// Regression: numbers an example, judged by the mean absolute error. Where it has a scale, networks in
// training compute in its units, and files in those of the data; metrics are in those of the data always.
#pragma once

#include <optional>

#include "train/task/target_scale.h"
#include "train/task/task.h"

namespace pare {

enum class NumberLoss { Squared, Absolute, Huber };

class Regression : public Task {
 public:
  explicit Regression(NumberLoss loss = NumberLoss::Squared, double delta = 1,
                      std::optional<TargetScale> scale = {});

  void require_fits(const Spec& spec, const Network& network) const override;
  // In the units of training.
  Var loss(Tape& tape, const Var& outputs, const Batch& batch) const override;
  Var imitation_loss(Tape& tape, const Var& outputs, const Tensor& targets, float temperature) const override;
  // In the units of training; there is no temperature.
  Tensor soft_targets(const Tensor& outputs, float temperature) const override;
  double reported_loss(const Tensor& outputs, const Batch& batch) const override;
  const char* metric() const override { return "absolute_error"; }
  bool counts_examples() const override { return false; }
  std::string said(double metric) const override;
  std::string said(const Score& score) const override;
  std::string said(const Score& score, const char* part) const override;
  // Of each example the mean over its numbers.
  double metric_sum(const Tensor& outputs, const Batch& batch) const override;
  std::unique_ptr<Tally> tally() const override;
  const TargetScale* target_scale() const override { return scale_ ? &*scale_ : nullptr; }
  const Task& of_files() const override { return of_files_ ? *of_files_ : *this; }

 private:
  // Of targets in the units of training.
  Var loss_of(Tape& tape, const Var& outputs, const Tensor& targets) const;
  Tensor in_units_of_data(const Tensor& outputs) const;

  NumberLoss loss_;
  double delta_;
  std::optional<TargetScale> scale_;
  bool file_ = false;  // whether outputs are a file's
  std::unique_ptr<Regression> of_files_;
};

}  // namespace pare
