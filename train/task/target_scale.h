// TargetScale: numbers to predict, brought to about mean 0 and deviation 1 while a network trains, so that
// prices of 100,000 and shares of 0.01 are learnt alike. When the file is made, the scale goes into the last
// layer: what a file gives is in the units of the data.
#pragma once

#include "framework/data/source.h"
#include "layers/network/network.h"

namespace pare {

// number = mean + 2^exponent * output, for each number an example has. The deviation is taken to the nearest
// power of two, so that a weight times it is exact, quantised or not.
struct TargetScale {
  static constexpr int kMostExponent = 100;  // of 2, either way: far from where f32 ends

  std::vector<double> mean;
  std::vector<int> exponent;

  // (N, numbers) f32 or bf16 -> f32: from the units of the data to those of training, and back.
  Tensor scaled(const Tensor& numbers) const;
  Tensor unscaled(const Tensor& outputs) const;
  bool operator==(const TargetScale&) const = default;
};

// Of all examples of a source that has numbers to predict. A number that never changes keeps its unit.
TargetScale measure_targets(const Source& source);

// Throws Failure::Usage, naming the last layer, when the scale cannot go into it: when it has no weight and
// bias of its own, or another layer follows.
void require_scalable(const Network& network);
// Moves the scale into the last layer, whose weight is then frozen.
void to_units_of_data(Network& network, const TargetScale& scale);
// Brings the last layer from one scale to another; nullptr: the units of the data. Its weight stays
// trainable.
void change_units(Network& network, const TargetScale* from, const TargetScale* to);

}  // namespace pare
