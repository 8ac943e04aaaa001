// Measures: what metrics.jsonl and summary.json say of a network.
#pragma once

#include <string>

#include "framework/json/json.h"
#include "layers/network/network.h"

namespace pare {

// For people and files: six significant digits.
double rounded(double value);

// "9-18-65-10": channels of the layers with weights, and their sum.
std::string channels_of(const Network& network);
int64_t live_channels(const Network& network);

// Each layer with weights: its name and channels, and of those that learn them its bits and exponents.
Json layer_measures(const Network& network);

// Names of the layers that learn bits and whose channels all have the same, as at the start.
std::string layers_with_equal_bits(const Network& network);

}  // namespace pare
