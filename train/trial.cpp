#include "train/trial.h"

#include <algorithm>
#include <cmath>

#include "framework/kernels/product/linear.h"

namespace pare {
namespace {

// The run never ends by itself: schedules see the beginning of an endless run, and nothing is finished off.
constexpr int64_t kEndless = int64_t{1} << 40;

}  // namespace

Spread spread_of(std::vector<double> values) {
  check(!values.empty(), "spread of no values");
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
  };
  return {at(0.5), at(0.1), at(0.9)};
}

Trial::Trial(Experiment& experiment)
    : experiment_(experiment),
      batches_(experiment.training_batches()),
      batch_(std::min(experiment.config().data.batch, batches_.images_per_epoch())),
      trainer_(experiment.trainer()) {
  trainer_.add(*this);
  trainer_.measure(profile_);
}

void Trial::round(double seconds) {
  const Context::Scope scope(experiment_.context());
  if (!stream_) stream_.emplace(batches_, state_.step);
  meter_.lap();
  const double cpu_start = cpu_clock(), start = wall_clock();
  const size_t first = step_seconds_.size();
  double last = start;
  trainer_.run(*stream_, experiment_.schedule(), state_, kEndless, [&] {
    const double now = wall_clock();
    step_seconds_.push_back(now - last);
    step_speeds_.push_back(step_flops_ / (now - last));
    last = now;
    return now - start >= seconds;
  });
  wall_seconds_ += last - start;
  cpu_seconds_ += cpu_clock() - cpu_start;
  if (const auto joules = meter_.lap()) energy_joules_ = energy_joules_.value_or(0) + *joules;
  const std::vector<double> now(step_seconds_.begin() + static_cast<ptrdiff_t>(first), step_seconds_.end());
  rounds_.push_back(spread_of(now).median / batch_);
}

void Trial::forget() {
  profile_.clear();
  step_seconds_.clear();
  step_speeds_.clear();
  rounds_.clear();
  wall_seconds_ = cpu_seconds_ = 0;
  energy_joules_.reset();
}

double Trial::images_per_second() const { return batch_ / step_seconds().median; }

double Trial::flops_per_second() const { return spread_of(step_speeds_).median; }

void Trial::after_step(const Position&, const TrainingState&, const StepCosts& costs) {
  step_flops_ = static_cast<double>(costs.flops);
}

double probe_flops_per_second(DType precision) {
  constexpr int64_t kSide = 768;
  constexpr int kTries = 12;
  const Tensor src = Tensor::full({kSide, kSide}, 0.5f).to(precision);
  const Tensor weights = Tensor::full({kSide, kSide}, 0.25f).to(precision);
  double best = 0;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const double start = wall_clock();
    linear_forward(src, weights, {});
    best = std::max(best, 2.0 * kSide * kSide * kSide / (wall_clock() - start));
  }
  return best;
}

}  // namespace pare
