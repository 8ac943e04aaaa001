#include "train/task/evaluate.h"

namespace pare {

Score evaluate(Network& network, const Task& task, const Batches& batches, DType precision) {
  Score score;
  double total = 0;
  for (int position = 0; position < batches.per_epoch(); ++position) {
    const Batch batch = batches.get(0, position);
    Tape tape(Recording::Off);
    Pass pass{tape, Mode::Evaluate, precision, 0, 0};
    const Var outputs = network.forward(batch.inputs, pass);
    const int64_t examples = batch.count();
    total += task.reported_loss(tape, outputs, batch).value.item() * static_cast<double>(examples);
    score.metric_sum += task.metric_sum(outputs.value, batch);
    score.examples += examples;
  }
  if (score.examples > 0) score.loss = total / static_cast<double>(score.examples);
  return score;
}

}  // namespace pare
