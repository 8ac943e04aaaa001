// LossConfig: what a run minimises: the loss, and with it the task, by name.
#pragma once

#include "framework/config/config.h"
#include "framework/data/source.h"
#include "train/task/task.h"

namespace pare {

class LossConfig : public Described {
 public:
  // Before anything is made of the data: says what outputs will be, and leaves out training examples that
  // this loss does not learn from. Throws Failure::Usage when there would be none.
  virtual void prepare(Dataset&) const {}
  // The task of such examples. Weights of classes and the scale of numbers are taken from the training
  // examples, which may be missing where nothing is trained. Throws Failure::Usage when the loss is for other
  // examples, Failure::Data naming one that it cannot take.
  virtual std::unique_ptr<Task> make(const Dataset& data, double label_smoothing) const = 0;
};

// The losses Pare knows, by name. A new one is one row in loss_config.cpp.
const Table<LossConfig>& loss_table();

// The task of a spec alone, for a file: by what its outputs are; Classification where there are classes, else
// Regression.
std::unique_ptr<Task> task_of(const Spec& spec);

}  // namespace pare
