// The visible tables of this folder: a new optimiser or schedule is one row here.
#include "optim/rules/adam.h"
#include "optim/rules/sgd.h"
#include "optim/schedules.h"

namespace pare {
namespace {

struct AdamL2Config : AdamConfig {
  AdamL2Config() : AdamConfig(Decay::L2) {}
};
struct AdamDecoupledConfig : AdamConfig {
  AdamDecoupledConfig() : AdamConfig(Decay::Decoupled) {}
};

}  // namespace

const Table<OptimizerConfig>& optimizer_table() {
  static const Table<OptimizerConfig> table{
      "optimizer",
      "name",
      {
          RowOf<SgdConfig>{"sgd", "stochastic gradient descent with momentum"},
          RowOf<AdamL2Config>{"adam", "Adam; weight decay is an L2 penalty"},
          RowOf<AdamDecoupledConfig>{"adamw", "Adam; weight decay is decoupled"},
      }};
  return table;
}

const Table<ScheduleConfig>& schedule_table() {
  static const Table<ScheduleConfig> table{
      "schedule",
      "name",
      {
          RowOf<ConstantSchedule>{"constant", "the same rate all along"},
          RowOf<LinearSchedule>{"linear", "constant, then down a straight line"},
          RowOf<CosineSchedule>{"cosine", "half a cosine"},
          RowOf<OneCycleSchedule>{"one_cycle", "up to the full rate and down again"},
          RowOf<StepSchedule>{"step", "a drop at each milestone"},
      }};
  return table;
}

}  // namespace pare
