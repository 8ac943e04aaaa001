#include "train/trainer.h"

#include <cmath>

#include "framework/kernels/elementwise/elementwise.h"
#include "train/distillation/teacher.h"

namespace pare {

std::vector<Parameter*> learnable_parameters(Network& network) {
  std::vector<Parameter*> parameters;
  network.visit([&](Parameter& p) {
    if (p.trainable && !p.is(ParameterTag::Statistic)) parameters.push_back(&p);
  });
  return parameters;
}

Trainer::Trainer(Network& network, const Task& task, Method& method, Optimizers optimizers, DType precision,
                 uint64_t seed)
    : network_(network),
      task_(task),
      method_(method),
      optimizers_(std::move(optimizers)),
      parameters_(learnable_parameters(network)),
      precision_(precision),
      seed_(seed) {}

Trainer::Losses Trainer::forward(Tape& tape, const Batch& batch, const Position& position) {
  Pass pass{tape, Mode::Train, precision_, seed_, static_cast<uint64_t>(position.step)};
  method_.prepare(pass);
  const Var outputs = network_.forward(batch.inputs, pass);
  Var task = task_.loss(tape, outputs, batch);
  if (teacher_ != nullptr) task = teacher_->guided(tape, task, outputs, batch, position);
  return {method_.loss(pass, network_, task, position), task, task_.metric_sum(outputs.value, batch)};
}

StepCosts Trainer::step(const Batch& batch, const Position& position, const ScheduleConfig& schedule,
                        TrainingState& state) {
  Tape tape(Recording::On, profile_);
  const Losses losses = forward(tape, batch, position);
  const float loss = losses.total.value.item();
  lap(profile_, "other");
  tape.backward(losses.total);
  if (!std::isfinite(loss)) report_divergence(position.step + 1, loss);
  method_.after_backward(network_, position);
  optimizers_.set_steps(position.step - first_step_);
  optimizers_.step(parameters_, schedule.factor(position));
  lap(profile_, "optimizer");
  const int64_t images = batch.count();
  const int64_t teaching = teacher_ == nullptr ? 0 : teacher_->flops();
  const StepCosts costs{images, images * (network_.training_flops() + teaching)};
  state.step = position.step + 1;
  state.loss_sum += loss * static_cast<double>(images);
  state.task_loss_sum += losses.task.value.item() * static_cast<double>(images);
  state.metric_sum += losses.metric_sum;
  state.images += images;
  const Position done{state.step, position.total, position.steps_per_epoch};
  method_.after_step(network_, done);
  if (const int64_t every = method_.size_interval(done); bytes_ && every > 0 && done.step % every == 0)
    method_.observe_size(bytes_(), done);
  lap(profile_, "compress");
  return costs;
}

Outcome Trainer::run(const Batches& batches, const ScheduleConfig& schedule, TrainingState& state,
                     int64_t total, const std::function<bool()>& stop) {
  BatchStream stream(batches, state.step);
  return run(stream, schedule, state, total, stop);
}

Outcome Trainer::run(BatchStream& stream, const ScheduleConfig& schedule, TrainingState& state, int64_t total,
                     const std::function<bool()>& stop) {
  const int64_t per_epoch = stream.per_epoch();
  while (state.step < total) {
    if (profile_ != nullptr) profile_->start();
    const Batch batch = stream.next();
    lap(profile_, "data");
    const StepCosts costs = step(batch, {state.step, total, per_epoch}, schedule, state);
    const Position done{state.step, total, per_epoch};
    for (Hook* hook : hooks_) hook->after_step(done, state, costs);
    if (state.step % per_epoch == 0 || state.step == total) {
      const int64_t epoch = (state.step + per_epoch - 1) / per_epoch;
      for (Hook* hook : hooks_) hook->after_epoch(epoch, state);
      state = {.step = state.step};
    }
    for (Hook* hook : hooks_) hook->settled(done, state);
    if (state.step < total && stop()) return Outcome::Interrupted;
  }
  return Outcome::Finished;
}

void Trainer::report_divergence(int64_t step, float loss) const {
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
