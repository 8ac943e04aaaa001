// Reconstruction: an autoencoder. The network gives its normalised input again, through layers that are too
// narrow for anything; what it has not learnt to expect, it gives back badly. Judged by the mean squared
// error an example, and by how well that tells classes it learnt from others.
#pragma once

#include <vector>

#include "train/task/task.h"

namespace pare {

class Reconstruction : public Task {
 public:
  // `learned`: of each class, whether it is one of those that are usual; none: all are.
  explicit Reconstruction(std::vector<bool> learned) : learned_(std::move(learned)) {}

  // The mean over all numbers of (output - input)^2, in deviations of the input's channels.
  Var loss(Tape& tape, const Var& outputs, const Batch& batch) const override;
  Var imitation_loss(Tape& tape, const Var& outputs, const Tensor& targets, float temperature) const override;
  // In deviations of the input's channels; there is no temperature.
  Tensor soft_targets(const Tensor& outputs, float temperature) const override;
  const char* metric() const override { return "reconstruction_error"; }
  bool counts_examples() const override { return false; }
  std::string said(double metric) const override;
  std::string said(const Score& score) const override;
  std::string said(const Score& score, const char* part) const override;
  double metric_sum(const Tensor& outputs, const Batch& batch) const override;
  std::unique_ptr<Tally> tally() const override;

 private:
  std::vector<bool> learned_;
};

// Of each row the mean over its numbers of (output - input)^2. outputs: (N,...) f32 or bf16, inputs as many.
std::vector<double> reconstruction_errors(const Tensor& outputs, const Tensor& inputs);

}  // namespace pare
