#include "optim/schedules.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace pare {
namespace {

double share_done(const Position& position) {
  return static_cast<double>(position.step) / static_cast<double>(std::max<int64_t>(position.total, 1));
}

constexpr Word<OneCycleSchedule::Slope> kSlopes[] = {{"cosine", OneCycleSchedule::Slope::Cosine},
                                                     {"linear", OneCycleSchedule::Slope::Linear}};

}  // namespace

void WarmupSchedule::describe(Fields& fields) {
  fields.length("warmup", warmup, Range::at_least(0), "rates rise linearly over this long at the start");
}

double WarmupSchedule::factor(const Position& position) const {
  const int64_t steps = warmup.iterations(position.steps_per_epoch);
  const double rise =
      position.step < steps ? static_cast<double>(position.step + 1) / static_cast<double>(steps) : 1.0;
  return rise * after_warmup(position);
}

void LinearSchedule::describe(Fields& fields) {
  WarmupSchedule::describe(fields);
  fields.number("start", start, Range::at_least(0).below(1),
                "share of the run before the factor begins to fall");
  fields.number("end", end, Range::between(0, 1), "factor at the end of the run");
}

double LinearSchedule::after_warmup(const Position& position) const {
  const double fallen = std::clamp((share_done(position) - start) / (1 - start), 0.0, 1.0);
  return 1 - (1 - end) * fallen;
}

void CosineSchedule::describe(Fields& fields) {
  WarmupSchedule::describe(fields);
  fields.number("end", end, Range::between(0, 1), "factor at the end of the run");
}

double CosineSchedule::after_warmup(const Position& position) const {
  return end + (1 - end) * 0.5 * (1 + std::cos(std::numbers::pi * share_done(position)));
}

void OneCycleSchedule::describe(Fields& fields) {
  fields.number("start", start, Range::between(0, 1), "factor at the start of the run");
  fields.number("peak", peak, Range::above(0).below(1), "share of the run after which the factor is 1");
  fields.number("end", end, Range::between(0, 1), "factor at the end of the run");
  fields.choice("slope", slope, std::span(kSlopes), "the way up and the way down");
}

double OneCycleSchedule::factor(const Position& position) const {
  const double done = share_done(position);
  const bool rising = done < peak;
  const double from = rising ? start : 1, to = rising ? 1 : end;
  const double way = rising ? done / peak : (done - peak) / (1 - peak);  // 0 .. 1
  const double gone = slope == Slope::Linear ? way : 0.5 * (1 - std::cos(std::numbers::pi * way));
  return from + (to - from) * gone;
}

void StepSchedule::describe(Fields& fields) {
  WarmupSchedule::describe(fields);
  fields.lengths("milestones", milestones, Range::at_least(0), "when the factor falls");
  fields.number("gamma", gamma, Range::above(0).up_to(1),
                "what the factor is multiplied by at each milestone");
}

double StepSchedule::after_warmup(const Position& position) const {
  double factor = 1;
  for (const Length& milestone : milestones)
    if (position.step >= milestone.iterations(position.steps_per_epoch)) factor *= gamma;
  return factor;
}

}  // namespace pare
