#include "train/task/evaluate.h"

#include "layers/network/executor.h"

namespace pare {

Score evaluate(Network& network, const Task& task, const Batches& batches, DType precision,
               const Watcher& watcher) {
  const Executor executor(network, precision);
  Score score;
  const std::shared_ptr<Tally> tally = task.tally();
  double total = 0;
  for (int position = 0; position < batches.per_epoch(); ++position) {
    const Batch batch = batches.get(0, position);
    const Tensor outputs = executor.run(batch.inputs);
    const int64_t examples = batch.count();
    total += task.reported_loss(outputs, batch) * static_cast<double>(examples);
    score.metric_sum += task.metric_sum(outputs, batch);
    score.examples += examples;
    if (tally) tally->add(outputs, batch);
    if (watcher) watcher(position + 1, batches.per_epoch());
  }
  if (score.examples > 0) score.loss = total / static_cast<double>(score.examples);
  if (tally && score.examples > 0) {
    score.more = tally->metrics();
    score.tally = tally;
  }
  return score;
}

}  // namespace pare
