#include "train/task/task.h"

#include <algorithm>
#include <limits>

namespace pare {

void Task::require_fits(const Spec& spec, const Network& network) const {
  const Extent extent = network.output();
  const char* const wanted = spec.gives == Outputs::Inputs ? " numbers an input"
                             : spec.classes.empty()        ? " values"
                                                           : " classes";
  require(extent.count() == spec.outputs(), Failure::Usage, "network: its last layer ",
          network.nodes().back().name, " gives ", extent.count(),
          spec.classes.empty() || spec.gives == Outputs::Inputs ? " numbers, but " : " scores, but ",
          spec.data, " has ", spec.outputs(), wanted, "; set its features to ", spec.outputs());
}

double Task::reported_loss(const Tensor& outputs, const Batch& batch) const {
  Tape tape(Recording::Off);
  return loss(tape, Tape::constant(outputs), batch).value.item();
}

double Score::value(std::string_view name) const {
  const auto found = std::find_if(more.begin(), more.end(), [&](const Metric& m) { return m.name == name; });
  return found == more.end() ? std::numeric_limits<double>::quiet_NaN() : found->value;
}

std::vector<Metric> metrics_of(const Task& task, const Score& score) {
  std::vector<Metric> all{{task.metric(), score.metric()}};
  all.insert(all.end(), score.more.begin(), score.more.end());
  return all;
}

}  // namespace pare
