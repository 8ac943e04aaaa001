#include "train/task/classification.h"

#include <cstdio>

#include "framework/autograd/ops.h"
#include "framework/kernels/loss/softmax.h"

namespace pare {

Var Classification::loss(Tape& tape, const Var& outputs, const Batch& batch) const {
  return cross_entropy(tape, outputs, batch.classes, label_smoothing_);
}

double Classification::reported_loss(const Tensor& outputs, const Batch& batch) const {
  return cross_entropy_forward(outputs, targets_of(batch.classes, outputs.shape().back(), 0)).loss;
}

double Classification::metric_sum(const Tensor& outputs, const Batch& batch) const {
  return static_cast<double>(count_correct(outputs, batch.classes));
}

std::string Classification::said(double metric) const {
  char percent[32];
  std::snprintf(percent, sizeof percent, "%5.2f %%", 100 * metric);
  return percent;
}

std::string Classification::said(const Score& score, const char* part) const {
  return text(100 * score.metric(), " % of ", score.examples, " ", part, " images right");
}

}  // namespace pare
