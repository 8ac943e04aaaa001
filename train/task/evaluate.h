// How well a network does on examples: in evaluation mode, in order, each once.
#pragma once

#include <functional>

#include "framework/data/batches/batches.h"
#include "layers/network/network.h"
#include "train/task/task.h"

namespace pare {

constexpr int kEvaluationBatch = 250;

// Told how far something is, of how much.
using Watcher = std::function<void(int64_t done, int64_t all)>;

Score evaluate(Network& network, const Task& task, const Batches& batches, DType precision,
               const Watcher& watcher = {});

}  // namespace pare
