// Run: an experiment carried out in a run directory, with metrics, checkpoints, a
// packed model and a summary that was read off the packed model.
#pragma once

#include "framework/files/directory_lock.h"
#include "framework/files/formats/event_file.h"
#include "train/metrics/progress.h"
#include "train/run/grid_choice.h"
#include "train/run/run_directory.h"
#include "train/run/saved_run.h"

namespace pare {

class Run : public Hook {
 public:
  // Starts in a new directory, or in one where it was killed before its first checkpoint, or goes on from
  // that.
  // Extend is Resume with a config that may ask for other epochs.
  enum class Start { Fresh, Again, Resume, Extend };
  Run(Experiment& experiment, RunDirectory directory, Start start, Verbosity verbosity);

  // Trains, and writes model.pare, summary.json and report.html when done. `stop` is asked after each step;
  // when it says so, a checkpoint is saved, the user is told `how_to_go_on`, and the outcome is Interrupted.
  Outcome train(const std::function<bool()>& stop, const std::string& how_to_go_on);
  // Saves a checkpoint, as it does now and then anyway.
  void save();

  void after_step(const Position& position, const TrainingState& state, const StepCosts& costs) override;
  void after_epoch(int64_t epoch, const TrainingState& state) override;
  void settled(const Position& position, const TrainingState& state) override;

 private:
  void finish();
  // Whether model.pare is to be the file of an earlier epoch, which is there.
  bool takes_best();
  void say_if_target_is_missed(int64_t bytes, int64_t target);
  Score score_now(const Task& task, DType precision);
  void warn_of_loss(const Score& before, const Score& file);
  Candidate file_after_epoch(int64_t step);

  Experiment& experiment_;
  RunDirectory directory_;
  DirectoryLock lock_;
  SavedRun saved_;
  EventFile events_;
  ProgressLine line_;
  EarlyStop early_stop_;
  struct SizedSnapshot {
    int64_t step;
    Experiment::Snapshot file;
  };
  std::optional<SizedSnapshot> snapshot_;  // the last that the method asked for
};

// Throws Failure::Usage naming the first difference when the run in `directory` had another config, the
// number of threads aside.
void require_same_run(const RunDirectory& directory, RunConfig& config);

// How a run in `directory` that may have begun before is to go on, or nothing when it is finished. Throws
// Failure::Usage when it has another config, the number of threads aside, or another process is at work
// there. With Longer::Yes a finished run goes on when the config asks for more epochs.
enum class Longer { No, Yes };
std::optional<Run::Start> start_of(const RunDirectory& directory, RunConfig& config,
                                   Longer longer = Longer::No);

}  // namespace pare
