// What a network looks like, as JSON for readers that are not ours.
#pragma once

#include "framework/config/json.h"
#include "layers/network.h"

namespace pare {

// One object a node: {"name", "layer", "input", "output": [H,W,C], "window": {...}}; "input" is the position
// of the node it reads, -1 for the images. Only layers that slide a window over the image have one.
Json describe_layers(const Network& network);

Json json_list(const std::vector<std::string>& words);
// To four decimals, which is what a Normalisation has.
Json json_list(const std::vector<float>& numbers);

}  // namespace pare
