// SavedRun: how far a run is, what it has spent, and its metrics. Checkpoints hold all of it, so that a run
// goes on as if it had never stopped.
#pragma once

#include "framework/files/append_file.h"
#include "train/experiment.h"
#include "train/metrics/resources.h"
#include "train/run/checkpoint.h"

namespace pare {

class SavedRun {
 public:
  // A run at its start, or before `resume`. `metrics` is the path of its metrics.jsonl, which is continued.
  // Its training examples and its teacher have to be the same when it goes on.
  SavedRun(Experiment& experiment, std::string checkpoint, const std::string& metrics);

  // Brings the run and its network to the checkpoint, and takes back the metrics of later steps. Throws
  // Failure::Usage with `advice` when it is from another config.
  enum class Epochs { Same, MayDiffer };
  void resume(Network& network, const char* advice, Epochs epochs = Epochs::Same);
  // Whether `checkpoint_every` asks for a checkpoint after this step.
  bool is_due(const Position& position) const;
  void save(Network& network);

  const Json& resolved_config() const { return resolved_config_; }
  Progress& progress() { return progress_; }
  AppendFile& metrics() { return metrics_; }
  Costs costs() const;  // up to now
  void begin_epoch();   // from here on `epoch_seconds` are counted
  // What the machine's processors used since begin_epoch(): once an epoch, where they say so and the epoch
  // was not interrupted.
  std::optional<double> epoch_joules();

 private:
  void start_clocks();

  std::string checkpoint_;
  Length every_;
  uint32_t images_;  // the fingerprint of the training examples
  std::optional<uint32_t> teacher_;
  Spec spec_;
  std::optional<TargetScale> targets_;
  Json resolved_config_;
  Progress progress_;
  AppendFile metrics_;
  EnergyMeter energy_;
  bool epoch_is_whole_ = true;                             // it began in this process
  double started_at_, cpu_started_at_, epoch_started_at_;  // as if it had never stopped
};

}  // namespace pare
