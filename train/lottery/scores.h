// Scores of weights for pruning (compress/lottery/prune.h): those that want the task's data or the whole
// network.
#pragma once

#include "compress/lottery/prune.h"
#include "train/experiment.h"

namespace pare {

// The layers of the experiment's network, which is for nothing else any more, with the masks they have now
// and the scores of their weights. Throws Failure::Usage when the config's score does not suit the network.
std::vector<Prunable> scored_layers(Experiment& experiment, const PruneConfig& config, int level);

// The masks that these scores lead to, from the present masks, made in `from` rounds, to `to` rounds. SynFlow
// is asked a hundred times on the way, so that no layer loses all its weights at once (Tanaka et al.,
// "Pruning neural networks without any data by iteratively conserving synaptic flow", 2020, algorithm 1).
std::vector<Tensor> pruned_masks(Experiment& experiment, const PruneConfig& config, int from, int to);

}  // namespace pare
