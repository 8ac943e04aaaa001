// Task: what is wanted of a network's outputs: the loss that training minimises, and the metric that says how
// well it does.
#pragma once

#include "framework/autograd/tape.h"
#include "framework/data/batches.h"

namespace pare {

// How a task's metric is called and read.
struct Metric {
  const char* name;       // in metrics.jsonl and summary.json: "accuracy" in "test_accuracy"
  bool larger_is_better;  // false for errors
};

class Task {
 public:
  virtual ~Task() = default;

  // The mean over the batch of what training minimises: one element, f32. outputs: (N,...), one row an
  // example.
  virtual Var loss(Tape& tape, const Var& outputs, const Batch& batch) const = 0;
  // The same as it is reported, without what only helps training, such as label smoothing.
  virtual Var reported_loss(Tape& tape, const Var& outputs, const Batch& batch) const {
    return loss(tape, outputs, batch);
  }
  virtual Metric metric() const = 0;
  // The metric's sum over the examples of a batch.
  virtual double metric_sum(const Tensor& outputs, const Batch& batch) const = 0;
};

}  // namespace pare
