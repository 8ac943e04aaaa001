// Tally: what a task counts over all outputs of an evaluation, where one sum does not tell enough.
#pragma once

#include <string>
#include <vector>

#include "framework/data/batches/batches.h"
#include "framework/json/json.h"
#include "train/task/worst.h"

namespace pare {

// A number that judges a network: "validation_macro_f1" of metrics.jsonl without its prefix, and its value,
// which is no number where there is nothing to measure it by.
struct Metric {
  std::string name;
  double value = 0;
};

// How metrics are shown to people. A task's own that are not listed here go by their names, as plain numbers.
struct MetricKind {
  const char* name;
  const char* title;
  bool share;           // of 0 to 1, said in percent
  bool more_is_better;  // otherwise it is an error
};
const std::vector<MetricKind>& metric_kinds();

class Tally {
 public:
  virtual ~Tally() = default;

  // outputs: (N,...), one row an example of the batch, as the task's metric_sum takes them.
  virtual void add(const Tensor& outputs, const Batch& batch) = 0;
  // In a fixed order; names are fixed by the spec's number of classes or values alone.
  virtual std::vector<Metric> metrics() const = 0;
  // Everything it knows, for evaluation.json, `pare eval --json` and the report: an object.
  virtual Json details(const Spec& spec) const = 0;
  // What the network is most wrong about, the worst first; examples are counted as they were added.
  virtual std::vector<WrongAnswer> worst() const { return {}; }
  // All it knows for people, in lines of at most `columns` characters.
  virtual std::string table(const Spec& spec, int columns) const = 0;
};

}  // namespace pare
