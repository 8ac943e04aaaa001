// Trainer: the training step, written once: forward, the task's loss and the method's terms, backward,
// clipping and update, and what the method does after a step. It is never edited for a feature: what a run
// does besides is a Hook.
#pragma once

#include <functional>

#include "compress/method.h"
#include "framework/data/batches/batch_stream.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "train/task/task.h"

namespace pare {
class Teacher;
}

namespace pare {

// Where a run is. Everything training remembers between two steps, besides the network, the optimisers' slots
// and the method's state, is here, so this is what a checkpoint holds.
struct TrainingState {
  int64_t step = 0;  // steps done
  // Of the epoch under way, over examples:
  double loss_sum = 0, task_loss_sum = 0, metric_sum = 0;
  int64_t images = 0;
};

// What a step took: examples, and operations of the network as it was in this step, and of its teacher.
struct StepCosts {
  int64_t images = 0, flops = 0;
};

class Hook {
 public:
  virtual ~Hook() = default;
  // The method's own work after the step is done.
  virtual void after_step(const Position&, const TrainingState&, const StepCosts&) {}
  // `state` still holds the sums of the epoch that just ended (counted from 1).
  virtual void after_epoch(int64_t, const TrainingState&) {}
  // All is done that belongs to the last step: `state` can be saved, and training can go on from it.
  virtual void settled(const Position&, const TrainingState&) {}
};

// What optimisers may move: the trainable parameters of a network but statistics.
std::vector<Parameter*> learnable_parameters(Network& network);

enum class Outcome { Finished, Interrupted };

class Trainer {
 public:
  struct Losses {
    Var total;  // what the step minimises, one element, f32
    Var task;   // its part that the task asks for, and the teacher if there is one
    double metric_sum = 0;
  };

  // All outlive the trainer. The network's statistics belong to it; its other parameters to the optimisers.
  // `seed` is that of dropout.
  Trainer(Network& network, const Task& task, Method& method, Optimizers optimizers, DType precision,
          uint64_t seed);

  void add(Hook& hook) { hooks_.push_back(&hook); }
  // From here on `profile` is told where the time of steps goes.
  void measure(Profile& profile) { profile_ = &profile; }
  // What the network imitates; outlives the trainer.
  void set_teacher(const Teacher& teacher) { teacher_ = &teacher; }
  // What tells a method that steers by it how many bytes the file would have now (Method::size_interval).
  void measure_size(std::function<int64_t()> bytes) { bytes_ = std::move(bytes); }
  // The optimisers' slots are zero at this step; 0 unless a run begins in the middle of its schedule.
  void set_first_step(int64_t step) { first_step_ = step; }

  // The forward half of a step.
  Losses forward(Tape& tape, const Batch& batch, const Position& position);
  // A whole step on this batch, with the rates that belong to `position`; adds to `state`. Throws
  // Failure::Diverged, naming the step and the first tensor, when the loss is not finite.
  StepCosts step(const Batch& batch, const Position& position, const ScheduleConfig& schedule,
                 TrainingState& state);
  // Steps until `total` are done or `stop` says so, which is asked after each step.
  Outcome run(const Batches& batches, const ScheduleConfig& schedule, TrainingState& state, int64_t total,
              const std::function<bool()>& stop);
  // The same with batches of a stream, whose next one is that of `state.step`.
  Outcome run(BatchStream& stream, const ScheduleConfig& schedule, TrainingState& state, int64_t total,
              const std::function<bool()>& stop);

 private:
  [[noreturn]] void report_divergence(int64_t step, float loss) const;

  Network& network_;
  const Task& task_;
  Method& method_;
  const Teacher* teacher_ = nullptr;
  Optimizers optimizers_;
  std::vector<Parameter*> parameters_;  // those the optimisers move
  DType precision_;
  uint64_t seed_;
  std::vector<Hook*> hooks_;
  std::function<int64_t()> bytes_;
  int64_t first_step_ = 0;
  Profile* profile_ = nullptr;
};

}  // namespace pare
