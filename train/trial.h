// Trial: an experiment trained for a while to see what its steps cost.
#pragma once

#include "train/experiment.h"
#include "train/metrics/resources.h"

namespace pare {

// Median, and what a tenth and nine tenths of the values stay below.
struct Spread {
  double median = 0, p10 = 0, p90 = 0;
};
Spread spread_of(std::vector<double> values);  // of at least one value

class Trial : public Hook {
 public:
  // Seconds an image took at the median step of each round, so that different batches compare.
  using Rounds = std::vector<double>;

  explicit Trial(Experiment& experiment);

  // Trains on for about so long, at least one step. Several trials may take turns.
  void round(double seconds);
  // Forgets all measurements, but not the training: the warm-up is over.
  void forget();

  const Experiment& experiment() const { return experiment_; }
  const Profile& profile() const { return profile_; }
  int64_t steps() const { return static_cast<int64_t>(step_seconds_.size()); }
  Spread step_seconds() const { return spread_of(step_seconds_); }
  double images_per_second() const;                  // at the median step
  double step_flops() const { return step_flops_; }  // of the last step
  double flops_per_second() const;  // median over steps, of the network as it was at that step
  const Rounds& rounds() const { return rounds_; }
  double wall_seconds() const { return wall_seconds_; }
  double cpu_seconds() const { return cpu_seconds_; }
  std::optional<double> energy_joules() const { return energy_joules_; }

  void after_step(const Position& position, const TrainingState& state, const StepCosts& costs) override;

 private:
  Experiment& experiment_;
  Batches batches_;
  std::optional<BatchStream> stream_;  // goes on from round to round, as it does in a run
  double batch_;                       // images a step
  Trainer trainer_;
  TrainingState state_;
  Profile profile_;
  EnergyMeter meter_;
  double step_flops_ = 0;                           // of the last step
  std::vector<double> step_seconds_, step_speeds_;  // speeds: FLOP/s
  Rounds rounds_;
  double wall_seconds_ = 0, cpu_seconds_ = 0;
  std::optional<double> energy_joules_;
};

// What this machine reaches in a large product of matrices, through the kernel that linear layers use:
// FLOP/s, the best of several tries.
double probe_flops_per_second(DType precision);

}  // namespace pare
