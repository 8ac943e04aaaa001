#include "optim/training.h"

#include <cmath>

#include "framework/kernels/elementwise/elementwise.h"

namespace pare {
TrainingLoop::TrainingLoop(const Batches& batches, Objective& objective, Optimizers& optimizers,
                           const ScheduleConfig& schedule, std::vector<Parameter*> parameters)
    : batches_(batches),
      objective_(objective),
      optimizers_(optimizers),
      schedule_(schedule),
      parameters_(std::move(parameters)) {}

Outcome TrainingLoop::run(TrainingState& state, int64_t total, const std::function<bool()>& stop) {
  const int64_t per_epoch = batches_.per_epoch();
  optimizers_.set_steps(state.step - first_step_);
  while (state.step < total) {
    step(state, {state.step, total, per_epoch});
    const Position done{state.step, total, per_epoch};
    for (Hook* hook : hooks_) hook->after_step(done, state);
    if (state.step % per_epoch == 0 || state.step == total) {
      const int64_t epoch = (state.step + per_epoch - 1) / per_epoch;
      for (Hook* hook : hooks_) hook->after_epoch(epoch, state);
      state = {state.step, 0, 0, 0, 0};
    }
    for (Hook* hook : hooks_) hook->settled(done, state);
    if (state.step < total && stop()) return Outcome::Interrupted;
  }
  return Outcome::Finished;
}

void TrainingLoop::step(TrainingState& state, const Position& position) {
  const auto epoch = static_cast<int>(position.step / position.steps_per_epoch);
  const auto place = static_cast<int>(position.step % position.steps_per_epoch);
  if (profile_ != nullptr) profile_->start();
  const Batch batch = batches_.get(epoch, place);
  lap(profile_, "data");
  Tape tape(Recording::On, profile_);
  const Evaluation evaluation = objective_.evaluate(tape, batch, position);
  const float loss = evaluation.loss.value.item();
  lap(profile_, "other");
  tape.backward(evaluation.loss);
  if (!std::isfinite(loss)) report_divergence(position.step + 1, loss);
  optimizers_.step(parameters_, schedule_.factor(position));
  lap(profile_, "optimizer");
  const auto images = static_cast<int64_t>(batch.labels.size());
  ++state.step;
  state.loss_sum += loss * static_cast<double>(images);
  state.task_loss_sum += evaluation.task_loss * static_cast<double>(images);
  state.correct += evaluation.correct;
  state.images += images;
}

void TrainingLoop::report_divergence(int64_t step, float loss) const {
  for (const Parameter* p : parameters_)
    if (const int64_t at = first_not_finite(p->value); at >= 0)
      fail(Failure::Diverged, "training diverged at step ", step, ": the loss is ", loss, " because ",
           p->name, "[", at, "] is ", p->value.data<float>()[at], "; try a smaller learning rate");
  for (const Parameter* p : parameters_)
    if (p->grad && first_not_finite(p->grad) >= 0)
      fail(Failure::Diverged, "training diverged at step ", step, ": the loss is ", loss,
           " and the gradient of ", p->name, " is not finite; try a smaller learning rate");
  fail(Failure::Diverged, "training diverged at step ", step, ": the loss is ", loss,
       "; try a smaller learning rate");
}

}  // namespace pare
