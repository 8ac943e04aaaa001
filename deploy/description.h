// What a network looks like, as JSON for readers that are not ours.
#pragma once

#include "framework/data/spec.h"
#include "framework/json/json.h"
#include "layers/network/network.h"

namespace pare {

// One object a node: {"name", "layer", "inputs", "output": [H,W,C], "window": {...}, "carried": [...],
// "epsilon"}. "inputs" are the positions of the nodes it reads, -1 for the images. Layers that slide a window
// over the image have one, batch norm has an epsilon. A sum whose inputs lost different channels has
// "carried": for each input, where each channel of the sum lies in it, or -1 where it is missing and counts
// as zero; a gate that lets some channels through, one list of where they lie in its input.
Json describe_layers(const Network& network);

Json json_list(const std::vector<std::string>& words);
// Each as the shortest decimal that reads back as the same float.
Json json_list(const std::vector<float>& numbers);

// "scores of classes", or what else outputs are, for metadata.
const char* meaning_of_outputs(const Spec& spec);

}  // namespace pare
