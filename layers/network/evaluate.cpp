#include "layers/network/evaluate.h"

#include "framework/autograd/ops.h"
#include "framework/kernels/elementwise/softmax.h"

namespace pare {

Score evaluate(Network& network, const Batches& batches, DType precision) {
  Score score;
  double total = 0;
  for (int position = 0; position < batches.per_epoch(); ++position) {
    const Batch batch = batches.get(0, position);
    Tape tape(Recording::Off);
    Pass pass{tape, Mode::Evaluate, precision, 0, 0};
    const Var scores = network.forward(batch.images, pass);
    const auto images = static_cast<int64_t>(batch.labels.size());
    total += cross_entropy(tape, scores, batch.labels).value.item() * static_cast<double>(images);
    score.correct += count_correct(scores.value, batch.labels);
    score.images += images;
  }
  if (score.images > 0) score.loss = total / static_cast<double>(score.images);
  return score;
}

}  // namespace pare
