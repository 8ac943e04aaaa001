// The schedules: constant, linear, cosine, step, which may begin with a linear warm-up; and one cycle, which
// is a warm-up itself.
#pragma once

#include "optim/schedule.h"

namespace pare {

// What they share but for one cycle: the factor rises linearly from 1/n to 1 over the first n steps.
struct WarmupSchedule : ScheduleConfig {
  Length warmup;

  void describe(Fields& fields) override;
  double factor(const Position& position) const final;

 protected:
  virtual double after_warmup(const Position& position) const = 0;
};

struct ConstantSchedule : WarmupSchedule {
 protected:
  double after_warmup(const Position&) const override { return 1; }
};

// 1 until a share `start` of the run is done, then down a straight line to `end`.
struct LinearSchedule : WarmupSchedule {
  double start = 0;
  double end = 0;

  void describe(Fields& fields) override;

 protected:
  double after_warmup(const Position& position) const override;
};

// Half a cosine from 1 down to `end` (Loshchilov & Hutter 2017, without restarts).
struct CosineSchedule : WarmupSchedule {
  double end = 0;

  void describe(Fields& fields) override;

 protected:
  double after_warmup(const Position& position) const override;
};

// Up from `start` to 1, which is reached when a share `peak` of the run is done, then down to `end` (Smith &
// Topin, "Super-convergence", 2019), along half cosines or straight lines.
struct OneCycleSchedule : ScheduleConfig {
  enum class Slope { Cosine, Linear };
  double start = 0.04;
  double peak = 0.3;
  double end = 0;
  Slope slope = Slope::Cosine;

  void describe(Fields& fields) override;
  double factor(const Position& position) const override;
};

// Times `gamma` at each milestone.
struct StepSchedule : WarmupSchedule {
  std::vector<Length> milestones;
  double gamma = 0.1;

  void describe(Fields& fields) override;

 protected:
  double after_warmup(const Position& position) const override;
};

// The same factor at each step; for programs, not for configs.
class FixedFactor : public ScheduleConfig {
 public:
  explicit FixedFactor(double factor) : factor_(factor) {}
  void describe(Fields&) override {}
  double factor(const Position&) const override { return factor_; }

 private:
  double factor_;
};

}  // namespace pare
