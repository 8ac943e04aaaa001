#include "train/task/regression.h"

#include <cmath>

#include "framework/autograd/ops.h"
#include "train/task/number_tally.h"
#include "train/task/text_table.h"

namespace pare {
namespace {

// R2 where there is one: not of numbers that are all the same.
std::string of_more(const Score& score, const char* between) {
  std::string said;
  if (const double r2 = score.value("r2"); std::isfinite(r2)) said += "R2 " + three_digits(r2) + between;
  if (const double rmse = score.value("rmse"); std::isfinite(rmse)) said += text("RMSE ", rmse, between);
  return said;
}

// Adds errors up in the units of the data.
class Unscaled : public NumberTally {
 public:
  explicit Unscaled(TargetScale scale) : scale_(std::move(scale)) {}
  void add(const Tensor& outputs, const Batch& batch) override {
    NumberTally::add(scale_.unscaled(outputs), batch);
  }

 private:
  TargetScale scale_;
};

}  // namespace

Regression::Regression(NumberLoss loss, double delta, std::optional<TargetScale> scale)
    : loss_(loss), delta_(delta), scale_(std::move(scale)) {
  if (!scale_) return;
  of_files_ = std::make_unique<Regression>(loss, delta);
  of_files_->scale_ = scale_;
  of_files_->file_ = true;
}

void Regression::require_fits(const Spec& spec, const Network& network) const {
  Task::require_fits(spec, network);
  if (scale_) require_scalable(network);
}

Var Regression::loss(Tape& tape, const Var& outputs, const Batch& batch) const {
  return loss_of(tape, outputs, scale_ ? scale_->scaled(batch.values) : batch.values);
}

Var Regression::loss_of(Tape& tape, const Var& outputs, const Tensor& targets) const {
  switch (loss_) {
    case NumberLoss::Squared:
      return squared_error(tape, outputs, targets);
    case NumberLoss::Absolute:
      return absolute_error(tape, outputs, targets);
    case NumberLoss::Huber:
      return huber(tape, outputs, targets, static_cast<float>(delta_));
  }
  fail(Failure::Internal, "regression: no such loss");
}

Var Regression::imitation_loss(Tape& tape, const Var& outputs, const Tensor& targets, float) const {
  return loss_of(tape, outputs, targets);
}

Tensor Regression::soft_targets(const Tensor& outputs, float) const {
  return scale_ ? scale_->scaled(outputs) : outputs.to(DType::F32);
}

double Regression::reported_loss(const Tensor& outputs, const Batch& batch) const {
  return Task::reported_loss(file_ ? scale_->scaled(outputs) : outputs, batch);
}

Tensor Regression::in_units_of_data(const Tensor& outputs) const {
  return scale_ && !file_ ? scale_->unscaled(outputs) : outputs;
}

double Regression::metric_sum(const Tensor& outputs, const Batch& batch) const {
  const Tensor y = in_units_of_data(outputs).to(DType::F32);
  check(y.size() == batch.values.size(), "errors: outputs ", y.shape(), " for values ", batch.values.shape());
  double sum = 0;
  for (int64_t i = 0; i < y.size(); ++i)
    sum += std::fabs(double{y.data<float>()[i]} - batch.values.data<float>()[i]);
  return sum / static_cast<double>(batch.values.shape().row());
}

std::unique_ptr<Tally> Regression::tally() const {
  if (scale_ && !file_) return std::make_unique<Unscaled>(*scale_);
  return std::make_unique<NumberTally>();
}

std::string Regression::said(double metric) const { return text("error ", metric); }

std::string Regression::said(const Score& score) const { return of_more(score, "  ") + said(score.metric()); }

std::string Regression::said(const Score& score, const char* part) const {
  return text(of_more(score, ", "), "absolute error ", score.metric(), " on ", score.examples, " ", part,
              " examples");
}

}  // namespace pare
