#include "train/task/classification.h"

#include "framework/autograd/ops.h"
#include "framework/data/batches/mixup.h"
#include "framework/kernels/loss/soft_targets.h"
#include "framework/kernels/loss/softmax.h"
#include "train/task/class_tally.h"
#include "train/task/softened.h"
#include "train/task/text_table.h"

namespace pare {

namespace {

// How much each row counts; none: all the same.
std::vector<float> weights_of(const Batch& batch, const std::vector<float>& class_weights) {
  std::vector<float> weights;
  if (class_weights.empty()) return weights;
  for (const int32_t label : batch.classes) weights.push_back(class_weights.at(static_cast<size_t>(label)));
  return weights;
}

// The targets of blends, and their weights: the loss is that of both classes, by their shares.
void blend(Tensor& targets, std::vector<float>& weights, float own_share) {
  if (weights.empty()) return blend_with_reversed(targets, own_share);
  const Tensor plain = targets.clone();
  const std::vector<float> own(weights), others(weights.rbegin(), weights.rend());
  const int64_t rows = std::ssize(own), each = plain.shape().row();
  for (int64_t n = 0; n < rows; ++n) {
    const auto at = static_cast<size_t>(n);
    weights[at] = own_share * own[at] + (1 - own_share) * others[at];
    const float share = weights[at] > 0 ? own_share * own[at] / weights[at] : 1;
    const float* const a = plain.data<float>() + n * each;
    const float* const b = plain.data<float>() + (rows - 1 - n) * each;
    for (int64_t k = 0; k < each; ++k)
      targets.data<float>()[n * each + k] = share * a[k] + (1 - share) * b[k];
  }
}

}  // namespace

Var Classification::loss(Tape& tape, const Var& outputs, const Batch& batch) const {
  Tensor targets = targets_of(batch.classes, outputs.shape().back(), label_smoothing_);
  std::vector<float> weights = weights_of(batch, class_weights_);
  if (batch.own_share < 1) blend(targets, weights, batch.own_share);
  return cross_entropy(tape, outputs, targets, std::move(weights));
}

// T^2 KL(targets || softmax(outputs / T))
Var Classification::imitation_loss(Tape& tape, const Var& outputs, const Tensor& targets,
                                   float temperature) const {
  return softened_divergence(tape, outputs, temperature, entropy_of_classes(targets),
                             [&](const Var& soft) { return cross_entropy(tape, soft, targets); });
}

Tensor Classification::soft_targets(const Tensor& outputs, float temperature) const {
  return softened_classes(outputs, temperature);
}

double Classification::reported_loss(const Tensor& outputs, const Batch& batch) const {
  Tensor targets = targets_of(batch.classes, outputs.shape().back(), 0);
  if (batch.own_share < 1) blend_with_reversed(targets, batch.own_share);
  return cross_entropy_forward(outputs, targets).loss;
}

double Classification::metric_sum(const Tensor& outputs, const Batch& batch) const {
  const auto right = static_cast<double>(count_correct(outputs, batch.classes));
  if (batch.own_share == 1) return right;
  const std::vector<int32_t> others(batch.classes.rbegin(), batch.classes.rend());
  const double own = batch.own_share;
  return own * right + (1 - own) * static_cast<double>(count_correct(outputs, others));
}

std::unique_ptr<Tally> Classification::tally() const { return std::make_unique<ClassTally>(); }

std::string Classification::said(double metric) const { return percent(metric); }

// Who weights classes looks at the rare ones.
std::string Classification::said(const Score& score) const {
  return said(score.metric()) +
         (class_weights_.empty() ? "" : "  F1 " + three_digits(score.value("macro_f1")));
}

std::string Classification::said(const Score& score, const char* part) const {
  return text(percent(score.metric()), " of ", score.examples, " ", part, " images right");
}

}  // namespace pare
