// Checkpoint: everything a run needs to go on as if it had never stopped, in one safetensors file.
//
// Tensors: every parameter by its name, its optimiser slots as NAME.slot.0, NAME.slot.1, ... Metadata: the
// resolved config (but for the number of threads, on which nothing depends), the spec of the data, the
// channels that are left, and where the run is. So nothing else is needed to use the network.
#pragma once

#include <optional>

#include "framework/files/formats/safetensors.h"
#include "train/config/run_config.h"
#include "train/task/target_scale.h"
#include "train/trainer.h"

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
  std::optional<uint32_t> images{};              // the fingerprint of the training images
  std::optional<Spec> spec{};                    // of its data; older checkpoints do not have it
  std::optional<TargetScale> targets{};          // in which the network gives numbers to predict, if it does
  std::optional<uint32_t> teacher{};             // the same of its teacher's files, if it has one
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

// The scale of numbers to predict that a checkpoint's metadata holds. Throws Failure::Data when it is
// damaged.
std::optional<TargetScale> targets_in(const SafetensorsFile& file, const std::string& path);
// Cuts a freshly built network to the channels that a checkpoint's metadata lists.
void keep_listed_channels(Network& network, const SafetensorsFile& file, const std::string& path);
// A tensor of finite numbers in f32. Throws Failure::Data when it is missing or another one.
const Tensor& tensor_of(const SafetensorsFile& file, const std::string& name, const Shape& shape,
                        const std::string& path);

}  // namespace pare
