#include "train/task/evaluate.h"

#include "layers/network/executor.h"

namespace pare {

Score evaluate(Network& network, const Task& task, const Batches& batches, DType precision) {
  const Executor executor(network, precision);
  Score score;
  double total = 0;
  for (int position = 0; position < batches.per_epoch(); ++position) {
    const Batch batch = batches.get(0, position);
    const Tensor outputs = executor.run(batch.inputs);
    const int64_t examples = batch.count();
    total += task.reported_loss(outputs, batch) * static_cast<double>(examples);
    score.metric_sum += task.metric_sum(outputs, batch);
    score.examples += examples;
  }
  if (score.examples > 0) score.loss = total / static_cast<double>(score.examples);
  return score;
}

}  // namespace pare
