// train(): trains a config in a run directory, from the start or from where it was interrupted.
#pragma once

#include "train/run/run.h"

namespace pare {

struct TrainOptions {
  std::string out{};              // the run's directory; empty: runs/NAME, or the first free runs/NAME-2, ...
  bool resume = false;            // go on from the checkpoint in `out`; begins where there is none
  Longer longer = Longer::No;     // with `resume`: whether a finished run may go on for more epochs
  std::string init_from{};        // first values: a checkpoint, another safetensors file or a packed model
  double init_least = 0.5;        // share of the network's numbers that it has to have
  std::string data_directory{};   // where data sets are, see load_dataset
  std::optional<Dataset> data{};  // examples that the program made itself, instead of those the config names
  Verbosity verbosity = Verbosity::Quiet;
  // Asked after each step: true ends training with a checkpoint.
  std::function<bool()> stop = [] { return false; };
  std::string how_to_go_on{};  // said then; empty: --resume
};

// Leaves model.pare, summary.json and the rest in the directory. Throws Error: Usage for what the config or
// the directory does not allow, Data for files that are wrong or missing, Diverged when the loss is lost.
Outcome train(RunConfig config, const TrainOptions& options);

// First values of a new run's parameters from a file or a run's directory (first_values.h), and a line that
// says which were found. Throws Failure::Usage when fewer than `least` of the network's numbers were, 0 to 1.
std::string initialise(Experiment& experiment, const std::string& place, double least);

}  // namespace pare
