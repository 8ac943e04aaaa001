// The visible tables of this folder: a new optimiser or schedule is one row here.
#include "optim/adam.h"
#include "optim/schedules.h"
#include "optim/sgd.h"

namespace pare {
namespace {

template <Decay decay>
std::unique_ptr<OptimizerConfig> make_adam_config() {
  return std::make_unique<AdamConfig>(decay);
}

}  // namespace

const Table<OptimizerConfig>& optimizer_table() {
  static const Table<OptimizerConfig> table{
      "optimizer",
      "name",
      {
          {"sgd", make_config<SgdConfig>, "stochastic gradient descent with momentum"},
          {"adam", make_adam_config<Decay::L2>, "Adam; weight decay is an L2 penalty"},
          {"adamw", make_adam_config<Decay::Decoupled>, "Adam; weight decay is decoupled"},
      }};
  return table;
}

const Table<ScheduleConfig>& schedule_table() {
  static const Table<ScheduleConfig> table{
      "schedule",
      "name",
      {
          {"constant", make_config<ConstantSchedule>, "the same rate all along"},
          {"linear", make_config<LinearSchedule>, "constant, then down a straight line"},
          {"cosine", make_config<CosineSchedule>, "half a cosine"},
          {"one_cycle", make_config<OneCycleSchedule>, "up to the full rate and down again"},
          {"step", make_config<StepSchedule>, "a drop at each milestone"},
      }};
  return table;
}

}  // namespace pare
