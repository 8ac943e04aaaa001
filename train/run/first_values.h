// First values of a network's parameters, from a file.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "layers/network/network.h"
#include "train/task/target_scale.h"

namespace pare {

struct Found {
  int found = 0, asked = 0;  // parameters
  // The same of numbers: of weights, biases and norms, which is what a network has learnt.
  int64_t numbers_found = 0, numbers_asked = 0;
  std::vector<std::string> other_shape{}, missing{};  // parameters that the file has in another shape, or not
  bool last_layer = false;                            // whether the last layer's are among those found
  // The scale in which the file's network gives numbers to predict; nothing: in the units of the data.
  std::optional<TargetScale> targets{};
};

// A safetensors file: sets the values of all parameters that have a namesake of the same shape in it;
// exponents that have none are fitted to the weights. Where it is the checkpoint of a run that lost channels,
// the network, freshly built, loses the same ones first. A packed model: the network loses the channels the
// model lost, and takes over weights, with their levels and exponents if it has any, and biases. In both the
// last layer may have other outputs; it then keeps its first values. Throws Failure::Data, saying what would
// work, when file and network do not belong together.
Found initialise_from(Network& network, const std::string& path);

// "20 of 22 parameters; of another shape there: 9.linear.weight, 9.linear.bias"
std::string said_of(const Found& found);

}  // namespace pare
