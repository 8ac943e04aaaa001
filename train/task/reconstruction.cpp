#include "train/task/reconstruction.h"

#include <cmath>
#include <numeric>

#include "framework/autograd/ops.h"
#include "train/task/reconstruction_tally.h"
#include "train/task/text_table.h"

namespace pare {

std::vector<double> reconstruction_errors(const Tensor& outputs, const Tensor& inputs) {
  check(outputs.size() == inputs.size(), "reconstruction: outputs ", outputs.shape(), " of inputs ",
        inputs.shape());
  const Tensor y = outputs.to(DType::F32), x = inputs.to(DType::F32);
  const int64_t rows = x.shape()[0], each = x.shape().row();
  std::vector<double> errors;
  for (int64_t n = 0; n < rows; ++n) {
    double sum = 0;
    for (int64_t i = n * each; i < (n + 1) * each; ++i) {
      const double error = double{y.data<float>()[i]} - x.data<float>()[i];
      sum += error * error;
    }
    errors.push_back(sum / static_cast<double>(each));
  }
  return errors;
}

Var Reconstruction::loss(Tape& tape, const Var& outputs, const Batch& batch) const {
  return squared_error(tape, outputs, batch.inputs.to(DType::F32).reshaped(outputs.value.shape()));
}

Var Reconstruction::imitation_loss(Tape& tape, const Var& outputs, const Tensor& targets, float) const {
  return squared_error(tape, outputs, targets.reshaped(outputs.value.shape()));
}

Tensor Reconstruction::soft_targets(const Tensor& outputs, float) const { return outputs.to(DType::F32); }

double Reconstruction::metric_sum(const Tensor& outputs, const Batch& batch) const {
  const std::vector<double> errors = reconstruction_errors(outputs, batch.inputs);
  return std::accumulate(errors.begin(), errors.end(), 0.0);
}

std::unique_ptr<Tally> Reconstruction::tally() const {
  return std::make_unique<ReconstructionTally>(learned_);
}

std::string Reconstruction::said(double metric) const { return text("error ", metric); }

std::string Reconstruction::said(const Score& score) const {
  const double auc = score.value("auc");
  return (std::isfinite(auc) ? "AUC " + three_digits(auc) + "  " : "") + said(score.metric());
}

std::string Reconstruction::said(const Score& score, const char* part) const {
  const double auc = score.value("auc");
  return (std::isfinite(auc) ? "AUC " + three_digits(auc) + " of the unusual against the usual, " : "") +
         text("mean error ", score.metric(), " of ", score.examples, " ", part, " examples");
}

}  // namespace pare
