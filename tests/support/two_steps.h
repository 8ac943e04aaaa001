// The model file of an experiment after two steps in its own context.
#pragma once

#include "train/experiment.h"

namespace pare {

inline std::vector<uint8_t> after_two_steps(Experiment& experiment) {
  const Context::Scope scope(experiment.context());
  TrainingState state;
  experiment.trainer().run(experiment.training_batches(), experiment.schedule(), state, 2,
                           [] { return false; });
  return experiment.snapshot().bytes;
}

}  // namespace pare
