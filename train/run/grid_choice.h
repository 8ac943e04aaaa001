// Grid choice: how coarsely the numbers of the file are rounded, chosen by the loss and accuracy on the
// validation images.
#pragma once

#include <optional>

#include "train/experiment.h"

namespace pare {

struct Candidate {
  Experiment::Snapshot snapshot;
  Score validation;
};

// The file if training ended now, in the grid that the method uses. `made`: its snapshot, where that is there
// already.
Candidate candidate_now(Experiment& experiment, std::optional<Experiment::Snapshot> made = {},
                        const Watcher& watcher = {});

// Moves the method to the coarsest grid that hardly changes the network's validation result, at most one step
// coarser than before, and returns the file in it. When `position` is the end of the run and the file is
// above the target of bytes, a coarser one may lose a little more. Needs validation images.
Candidate choose_grid(Experiment& experiment, const Position& position,
                      std::optional<Experiment::Snapshot> made = {}, const Watcher& watcher = {});

}  // namespace pare
