#include "train/task/regression.h"

#include "framework/autograd/ops.h"
#include "framework/kernels/loss/squared_error.h"

namespace pare {

Var Regression::loss(Tape& tape, const Var& outputs, const Batch& batch) const {
  return squared_error(tape, outputs, batch.values);
}

double Regression::metric_sum(const Tensor& outputs, const Batch& batch) const {
  return absolute_error_sum(outputs, batch.values) / static_cast<double>(batch.values.shape().row());
}

std::string Regression::said(double metric) const { return text("error ", metric); }

std::string Regression::said(const Score& score, const char* part) const {
  return text("absolute error ", score.metric(), " on ", score.examples, " ", part, " examples");
}

}  // namespace pare
