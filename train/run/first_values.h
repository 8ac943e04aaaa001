// First values of a network's parameters, from a file.
#pragma once

#include <optional>
#include <string>

#include "layers/network/network.h"
#include "train/task/target_scale.h"

namespace pare {

struct Found {
  int found = 0, asked = 0;  // parameters
  bool last_layer = false;   // whether the last layer's are among those found
  // The scale in which the file's network gives numbers to predict; nothing: in the units of the data.
  std::optional<TargetScale> targets{};
};

// A safetensors file: sets the values of all parameters that have a namesake in it, which must have the same
// shape; exponents that have none are fitted to the weights. Where it is the checkpoint of a run that lost
// channels, the network, freshly built, loses the same ones first. A packed model: the network loses the
// channels the model lost, and takes over weights, with their levels and exponents if it has any, and biases.
// Throws Failure::Data, saying what would work, when file and network do not belong together.
Found initialise_from(Network& network, const std::string& path);

}  // namespace pare
