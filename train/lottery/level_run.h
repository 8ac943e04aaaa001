// LevelRun: trains one pruned network, watches the validation images, and writes down what came out.
#pragma once

#include "train/experiment.h"
#include "train/lottery/lottery_directory.h"
#include "train/metrics/progress.h"
#include "train/run/saved_run.h"

namespace pare {

struct LevelTask {
  LevelDirectory directory;
  Recipe recipe;
  int64_t evaluate_every = 100;  // steps
  int64_t snapshot_at = 0;       // the step at which everything is kept for rewinding; 0: none
  Json identity;  // replicate, level, role, method, seed, recipe: the first members of level.json
};

class LevelRun : public Hook {
 public:
  // The experiment's network has its mask and first weights. If the directory holds a checkpoint, goes on
  // from there.
  LevelRun(Experiment& experiment, LevelTask task, ProgressLine& line);

  // Trains, and writes the level's files when done; `stop` is asked after each step, and when it says so, a
  // checkpoint is saved. The network loses its dead units in the end.
  Outcome run(const std::function<bool()>& stop);

  void after_step(const Position& position, const TrainingState& state, const StepCosts& costs) override;
  void settled(const Position& position, const TrainingState& state) override;

 private:
  void evaluate_now(const Position& position);
  void finish();
  void save_weights_and_mask();
  Json packed_model();

  Experiment& experiment_;
  LevelTask task_;
  ProgressLine& line_;
  SavedRun saved_;
  Batches validation_, test_;
  double lowest_loss_;
};

// What metrics.jsonl says afterwards: its first line of minimum validation loss, and its last line.
struct RunEnds {
  Json early_stop, end;
};
RunEnds read_run_ends(const std::string& metrics_path);

}  // namespace pare
