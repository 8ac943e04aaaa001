// MultiLabel: several labels an example, each there (1) or not (0): the cross-entropy of each by itself,
// judged by the share of examples all of whose labels are right, and by F1.
#pragma once

#include "train/task/task.h"

namespace pare {

class MultiLabel : public Task {
 public:
  Var loss(Tape& tape, const Var& outputs, const Batch& batch) const override;
  Var imitation_loss(Tape& tape, const Var& outputs, const Tensor& targets, float temperature) const override;
  Tensor soft_targets(const Tensor& outputs, float temperature) const override;
  const char* metric() const override { return "exact_match"; }
  bool counts_examples() const override { return true; }
  std::string said(double metric) const override;
  std::string said(const Score& score) const override;
  std::string said(const Score& score, const char* part) const override;
  double metric_sum(const Tensor& outputs, const Batch& batch) const override;
  std::unique_ptr<Tally> tally() const override;
};

// Throws Failure::Data naming the first example and value of a source that is neither 0 nor 1.
void require_labels(const Spec& spec, const Source& source);

}  // namespace pare
