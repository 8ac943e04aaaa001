// How well a network does on examples: in evaluation mode, in order, each once.
#pragma once

#include "framework/data/batches/batches.h"
#include "layers/network/network.h"
#include "train/task/task.h"

namespace pare {

constexpr int kEvaluationBatch = 250;

Score evaluate(Network& network, const Task& task, const Batches& batches, DType precision);

}  // namespace pare
