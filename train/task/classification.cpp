#include "train/task/classification.h"

#include "framework/autograd/ops.h"
#include "framework/kernels/elementwise/softmax.h"

namespace pare {

Var Classification::loss(Tape& tape, const Var& outputs, const Batch& batch) const {
  return cross_entropy(tape, outputs, batch.labels, label_smoothing_);
}

Var Classification::reported_loss(Tape& tape, const Var& outputs, const Batch& batch) const {
  return cross_entropy(tape, outputs, batch.labels);
}

double Classification::metric_sum(const Tensor& outputs, const Batch& batch) const {
  return static_cast<double>(count_correct(outputs, batch.labels));
}

}  // namespace pare
