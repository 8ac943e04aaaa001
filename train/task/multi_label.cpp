#include "train/task/multi_label.h"

#include "framework/autograd/ops.h"
#include "framework/kernels/loss/soft_targets.h"
#include "train/task/label_tally.h"
#include "train/task/softened.h"
#include "train/task/text_table.h"

namespace pare {

Var MultiLabel::loss(Tape& tape, const Var& outputs, const Batch& batch) const {
  return binary_cross_entropy(tape, outputs, batch.values);
}

// T^2 times the mean over labels of KL(target || sigmoid(output / T))
Var MultiLabel::imitation_loss(Tape& tape, const Var& outputs, const Tensor& targets,
                               float temperature) const {
  return softened_divergence(tape, outputs, temperature, entropy_of_labels(targets),
                             [&](const Var& soft) { return binary_cross_entropy(tape, soft, targets); });
}

Tensor MultiLabel::soft_targets(const Tensor& outputs, float temperature) const {
  return softened_labels(outputs, temperature);
}

double MultiLabel::metric_sum(const Tensor& outputs, const Batch& batch) const {
  const Tensor y = outputs.to(DType::F32);
  const int64_t each = batch.values.shape().row();
  double right = 0;
  for (int64_t n = 0; n < batch.count(); ++n) {
    bool all = true;
    for (int64_t i = n * each; i < (n + 1) * each; ++i)
      all = all && (y.data<float>()[i] > 0) == (batch.values.data<float>()[i] > 0.5f);
    right += all ? 1 : 0;
  }
  return right;
}

std::unique_ptr<Tally> MultiLabel::tally() const { return std::make_unique<LabelTally>(); }

std::string MultiLabel::said(double metric) const { return "all right " + percent(metric); }

std::string MultiLabel::said(const Score& score) const {
  return text("F1 ", three_digits(score.value("micro_f1")), "  ", said(score.metric()));
}

std::string MultiLabel::said(const Score& score, const char* part) const {
  return text("F1 ", three_digits(score.value("micro_f1")), " over all labels, ",
              three_digits(score.value("macro_f1")), " their mean; all labels right of ",
              percent(score.metric()), " of ", score.examples, " ", part, " examples");
}

void require_labels(const Spec& spec, const Source& source) {
  for (int index = 0; index < source.count(); ++index) {
    const std::span<const float> values = source.values(index);
    for (size_t k = 0; k < values.size(); ++k)
      require(values[k] == 0 || values[k] == 1, Failure::Data, spec.data, ": example ", index, " has ",
              values[k], " for ", k < spec.values.size() ? spec.values[k] : text("value ", k),
              "; binary_cross_entropy wants labels: 1 where it is there, 0 where not");
  }
}

}  // namespace pare
