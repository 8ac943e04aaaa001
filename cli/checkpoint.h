// Checkpoint: everything a run needs to go on as if it had never stopped, in one safetensors file.
//
// Tensors: every parameter by its name, its optimiser slots as NAME.slot.0, NAME.slot.1, ... Metadata: the
// resolved config, the channels that are left, and where the run is.
#pragma once

#include "cli/run_config.h"
#include "framework/files/safetensors.h"
#include "optim/training.h"

namespace pare {

// What a run has spent so far.
struct Costs {
  double wall_seconds = 0, cpu_seconds = 0;
  double epoch_seconds = 0;  // of the wall clock, since the epoch under way began
  int64_t train_flops = 0, train_flops_dense = 0;
};

struct Progress {
  TrainingState state;
  Costs costs;
  uint64_t metrics_bytes = 0, events_bytes = 0;  // lengths of metrics.jsonl and TensorBoard's file now
  std::vector<double> method;                    // what the method remembers (Method::state)
};

// Writes it atomically. A number that is not finite throws Failure::Diverged naming step and tensor, and the
// file at `path` stays as it is.
void save_checkpoint(const std::string& path, const Json& config, Network& network, const Progress& progress);

struct Checkpoint {
  std::string path;
  SafetensorsFile file;
  Json config;
  Progress progress;
};
Checkpoint load_checkpoint(const std::string& path);

// Brings a freshly built network to the checkpoint's channels, values and optimiser slots.
void restore(Network& network, const Checkpoint& checkpoint);

struct Found {
  int found = 0, asked = 0;  // parameters
};
// Sets the values of all parameters that have a namesake in a safetensors file, which must have the same
// shape; exponents that have none are fitted to the weights. Throws Failure::Data when there is none at all.
Found initialise_from(Network& network, const std::string& path);

}  // namespace pare
