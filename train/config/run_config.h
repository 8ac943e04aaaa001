// RunConfig: everything a training run is told. Each field has one line in describe().
#pragma once

#include "compress/method.h"
#include "compress/quantisation/activations.h"
#include "framework/json/json.h"
#include "optim/schedule.h"
#include "train/config/data_config.h"
#include "train/distillation/teacher_config.h"
#include "train/run/early_stop.h"
#include "train/task/loss_config.h"

namespace pare {

struct RunConfig {
  std::string name;
  uint64_t seed = 1;
  int threads = 0;
  DType precision = DType::F32;
  bool winograd = true;
  DataConfig data;
  Initialiser initialiser = Initialiser::HeNormal;
  LayerList network;
  Variant<LossConfig> loss = choose(loss_table(), "auto");
  double label_smoothing = 0;
  Variant<OptimizerConfig> optimizer = choose(optimizer_table(), "adam");
  Variant<ScheduleConfig> schedule = choose(schedule_table(), "constant");
  Length epochs{10, Length::Unit::Epochs};
  Variant<MethodConfig> compress = choose(method_table(), "none");
  std::optional<ActivationsConfig> activations;
  std::optional<TeacherConfig> teacher;
  EarlyStopConfig early_stop;
  Length checkpoint_every{1, Length::Unit::Epochs};

  void describe(Fields& fields);
  // The network, with its activations quantised if they are to be.
  Graph graph(const InputShape& input) const;
};

// A run's name is that of its directory below runs/. Throws Failure::Usage when no directory can have it.
void require_usable_name(const std::string& name);

// The config in this file, by load_config (config_file.h).
RunConfig load_run_config(const std::string& path, const std::vector<std::string>& overrides);

// A resolved config without one of its members.
Json without(Json config, const std::string& member);
// Throws Failure::Usage "FOUND: network.0.channels: 20 instead of 10; ADVICE" when two resolved configs
// differ. With how many threads to work is no part of a run: it may go on with another number.
void require_same_config(const Json& before, const Json& now, const std::string& found, const char* advice);

}  // namespace pare
