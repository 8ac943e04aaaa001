// How well a network does on examples: in evaluation mode, in order, each once.
#pragma once

#include "framework/data/batches.h"
#include "layers/network/network.h"
#include "train/task/task.h"

namespace pare {

constexpr int kEvaluationBatch = 250;

struct Score {
  double loss = 0;        // mean, without what only helps training
  double metric_sum = 0;  // over examples: of Classification, those whose class is right
  int64_t examples = 0;

  double metric() const { return examples == 0 ? 0 : metric_sum / static_cast<double>(examples); }
};

Score evaluate(Network& network, const Task& task, const Batches& batches, DType precision);

}  // namespace pare
