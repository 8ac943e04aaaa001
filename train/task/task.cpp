#include "train/task/task.h"

#include "train/task/classification.h"
#include "train/task/regression.h"

namespace pare {

void Task::require_fits(const Spec& spec, const Network& network) const {
  const Extent extent = network.output();
  const char* const wanted = spec.classes.empty() ? " values" : " classes";
  require(extent.count() == spec.outputs(), Failure::Usage, "network: its last layer ",
          network.nodes().back().name, " gives ", extent.count(),
          spec.classes.empty() ? " numbers, but " : " scores, but ", spec.data, " has ", spec.outputs(),
          wanted, "; set its features to ", spec.outputs());
}

double Task::reported_loss(const Tensor& outputs, const Batch& batch) const {
  Tape tape(Recording::Off);
  return loss(tape, Tape::constant(outputs), batch).value.item();
}

std::unique_ptr<Task> task_of(const Spec& spec, double label_smoothing) {
  if (!spec.classes.empty()) return std::make_unique<Classification>(label_smoothing);
  return std::make_unique<Regression>();
}

}  // namespace pare
