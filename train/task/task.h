// Task: the loss of a network's outputs, which training minimises, and the metric that is reported.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "framework/autograd/tape.h"
#include "framework/data/batches/batches.h"
#include "layers/network/network.h"
#include "train/task/tally.h"

namespace pare {

struct TargetScale;

// How well a network does on examples.
struct Score {
  double loss = 0;        // mean, without what only helps training
  double metric_sum = 0;  // over examples: of Classification, those whose class is right
  int64_t examples = 0;
  std::vector<Metric> more{};            // the task's other metrics
  std::shared_ptr<const Tally> tally{};  // what they were computed from, if there are any

  // The value of one of `more`; no number when it is not there.
  double value(std::string_view name) const;
  double metric() const { return examples == 0 ? 0 : metric_sum / static_cast<double>(examples); }
};

class Task {
 public:
  virtual ~Task() = default;

  // Throws Failure::Usage, naming the network's last layer, when its outputs are not what examples of this
  // kind ask for.
  virtual void require_fits(const Spec& spec, const Network& network) const;

  // The mean over the batch of what training minimises: one element, f32. outputs: (N,...), one row an
  // example.
  virtual Var loss(Tape& tape, const Var& outputs, const Batch& batch) const = 0;
  // How far the outputs are from a teacher's, as a loss with the gradients of loss(): of soft targets made by
  // soft_targets() at this temperature. 0 where both say the same.
  virtual Var imitation_loss(Tape& tape, const Var& outputs, const Tensor& targets,
                             float temperature) const = 0;
  // What a file of this task's outputs (N,K) asks to imitate: (N,K) f32. Those of several teachers are
  // averaged.
  virtual Tensor soft_targets(const Tensor& outputs, float temperature) const = 0;
  // The same number as it is reported, without what only helps training, such as label smoothing.
  virtual double reported_loss(const Tensor& outputs, const Batch& batch) const;
  // The metric's sum over the examples of a batch.
  virtual double metric_sum(const Tensor& outputs, const Batch& batch) const = 0;
  // What it is called in metrics.jsonl and summary.json: "accuracy" of "test_accuracy".
  virtual const char* metric() const = 0;
  // Whether it counts examples, of which more are better; otherwise it is an error, of which less is better.
  virtual bool counts_examples() const = 0;
  // A value of it for people: "98.76 %".
  virtual std::string said(double metric) const = 0;
  // The same of so many examples: "98.76 % of 10000 test images right".
  virtual std::string said(const Score& score, const char* part) const = 0;
  // The same of an epoch, with what else matters: "98.76 %  F1 0.981".
  virtual std::string said(const Score& score) const { return said(score.metric()); }
  // Counts what the task's other metrics are computed from; nullptr when it has none.
  virtual std::unique_ptr<Tally> tally() const { return nullptr; }

  // The scale of numbers to predict in which networks in training compute, if they do.
  virtual const TargetScale* target_scale() const { return nullptr; }
  // The same task for networks out of files, which give the units of the data.
  virtual const Task& of_files() const { return *this; }
};

// All metrics of a score, the task's first one first.
std::vector<Metric> metrics_of(const Task& task, const Score& score);

}  // namespace pare
