// Grid choice: how coarsely the numbers of the file are rounded is decided by what it costs on the validation
// images.
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
Candidate candidate_now(Experiment& experiment, std::optional<Experiment::Snapshot> made = {});

// Brings the method to a grid that costs the network as it is next to nothing, one step coarser than before
// at most, and returns the file in it. When `position` is the end of the run and the file is above the target
// of bytes, a little more may be paid for a coarser one. Needs validation images.
Candidate choose_grid(Experiment& experiment, const Position& position,
                      std::optional<Experiment::Snapshot> made = {});

}  // namespace pare
