// Quantised activations: a network whose convolutions and linear layers read integers.
#pragma once

#include "layers/graph/graph.h"

namespace pare {

// The section "activations" of a config. It goes with every method, which looks after the weights.
struct ActivationsConfig {
  int bits = 8;
  int images = 8;    // bits of the network's own input; 0: as it is
  double lr = 0.01;  // Adam's, for the logarithms of steps

  void describe(Fields& fields);
};

// The graph with a layer `quantise` behind each tensor that a convolution or
// linear layer reads, in front of dropout. All that read such a tensor read its integers then, so that a
// device has nothing else to keep. Inputs of the network are quantised with signs and by a step that does not
// learn, for that would take gradients of the images; others with signs where they may be below zero.
Graph with_quantised_activations(const Graph& graph, const ActivationsConfig& config);

}  // namespace pare
