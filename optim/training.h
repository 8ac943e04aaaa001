// The training loop: batches through an objective, gradients through the optimisers. It is never edited for a
// feature: what a run minimises is an Objective, what it does besides is a Hook.
#pragma once

#include <functional>

#include "framework/autograd/tape.h"
#include "framework/data/batches.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

namespace pare {

// What a step minimises, and what it saw on the way.
struct Evaluation {
  Var loss;              // one element, f32
  double task_loss = 0;  // mean over the batch, without terms for size
  int64_t correct = 0;
};

class Objective {
 public:
  virtual ~Objective() = default;
  virtual Evaluation evaluate(Tape& tape, const Batch& batch, const Position& position) = 0;
};

// Where a run is. Everything the loop remembers between two steps is here, so this is what a checkpoint
// holds.
struct TrainingState {
  int64_t step = 0;  // steps done
  // Of the epoch under way:
  double loss_sum = 0, task_loss_sum = 0;  // over images
  int64_t correct = 0, images = 0;
};

class Hook {
 public:
  virtual ~Hook() = default;
  virtual void after_step(const Position&, const TrainingState&) {}
  // `state` still holds the sums of the epoch that just ended (counted from 1).
  virtual void after_epoch(int64_t, const TrainingState&) {}
  // All is done that belongs to the last step: `state` can be saved, and training can go on from it.
  virtual void settled(const Position&, const TrainingState&) {}
};

enum class Outcome { Finished, Interrupted };

class TrainingLoop {
 public:
  // References are kept; `parameters` are those the optimisers move.
  TrainingLoop(const Batches& batches, Objective& objective, Optimizers& optimizers,
               const ScheduleConfig& schedule, std::vector<Parameter*> parameters);

  void add(Hook& hook) { hooks_.push_back(&hook); }
  // From here on `profile` is told where the time of steps goes.
  void measure(Profile& profile) { profile_ = &profile; }

  // The optimisers' slots are zero at this step; 0 unless a run begins in the middle of its schedule.
  void set_first_step(int64_t step) { first_step_ = step; }

  // Steps until `total` are done or `stop` says so, which is asked after each step.
  // Throws Failure::Diverged, naming the step and the first tensor, when the loss is not finite.
  Outcome run(TrainingState& state, int64_t total, const std::function<bool()>& stop);

 private:
  void step(TrainingState& state, const Position& position);
  [[noreturn]] void report_divergence(int64_t step, float loss) const;

  const Batches& batches_;
  Objective& objective_;
  Optimizers& optimizers_;
  const ScheduleConfig& schedule_;
  std::vector<Parameter*> parameters_;
  std::vector<Hook*> hooks_;
  int64_t first_step_ = 0;
  Profile* profile_ = nullptr;
};

}  // namespace pare
