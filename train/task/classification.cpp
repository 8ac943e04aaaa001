#include "train/task/classification.h"

#include "framework/autograd/ops.h"
#include "framework/kernels/loss/softmax.h"
#include "train/task/class_tally.h"
#include "train/task/text_table.h"

namespace pare {

Var Classification::loss(Tape& tape, const Var& outputs, const Batch& batch) const {
  std::vector<float> weights;
  if (!class_weights_.empty())
    for (const int32_t label : batch.classes)
      weights.push_back(class_weights_.at(static_cast<size_t>(label)));
  return cross_entropy(tape, outputs, batch.classes, label_smoothing_, std::move(weights));
}

double Classification::reported_loss(const Tensor& outputs, const Batch& batch) const {
  return cross_entropy_forward(outputs, targets_of(batch.classes, outputs.shape().back(), 0)).loss;
}

double Classification::metric_sum(const Tensor& outputs, const Batch& batch) const {
  return static_cast<double>(count_correct(outputs, batch.classes));
}

std::unique_ptr<Tally> Classification::tally() const { return std::make_unique<ClassTally>(); }

std::string Classification::said(double metric) const { return percent(metric); }

// Who weights classes looks at the rare ones.
std::string Classification::said(const Score& score) const {
  return said(score.metric()) +
         (class_weights_.empty() ? "" : "  F1 " + three_digits(score.value("macro_f1")));
}

std::string Classification::said(const Score& score, const char* part) const {
  return text(100 * score.metric(), " % of ", score.examples, " ", part, " images right");
}

}  // namespace pare
