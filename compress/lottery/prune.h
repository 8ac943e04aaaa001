// Pruning masks: exact counts, smallest magnitudes first, ties by position.
//
// After L rounds a layer of n weights keeps exactly round(n (1 - rate)^L) of them, whatever happened in
// between, so the share of weights left is the same for all methods and seeds.
#pragma once

#include "compress/lottery/masked_weight.h"

namespace pare {

enum class Scope {
  Layer,   // each layer keeps its own count
  Global,  // the layers' counts are added up, and their weights compete
};

enum class Structure {
  Weights,  // single weights, by magnitude
  Outputs,  // whole filters and neurons, by the mean magnitude of their weights (Li et al. 2017: L1); not
            // class scores
};

// What a weight is worth; those with the least go.
enum class Importance {
  Magnitude,  // |w|
  Random,
  Snip,     // |w dL/dw| (Lee, Ajanthan and Torr, "SNIP", 2019)
  Taylor,   // of a filter |sum of w dL/dw| (Molchanov et al. 2019, equation 8); of a weight the same as snip
  SynFlow,  // |w dR/dw|, R the sum of the outputs of |w| for an input of ones (Tanaka et al. 2020)
  BatchNorm,  // of a filter |gamma| behind it (Liu et al., "Network Slimming", 2017)
};

struct PruneConfig {
  Scope scope = Scope::Layer;
  Structure structure = Structure::Weights;
  double conv2d = 0.2;              // share of a convolution's weights that goes each round
  double linear = 0.2;              // of a fully connected layer's
  double output_factor = 0.5;       // the rate of the last layer is its kind's times this
  std::vector<std::string> spared;  // layers that are never pruned
  Importance score = Importance::Magnitude;
  int score_batches = 10;  // of training data, for scores that want gradients
  bool invert = false;     // a control: those with the most go

  void describe(Fields& fields);
};

// What pruning knows of a layer.
struct Prunable {
  std::string name;
  double rate = 0;  // 0: never pruned
  Tensor weights;   // (O,KH,KW,I), or their scores, whose magnitudes count
  Tensor mask;      // of the same shape
};
// The layers of a network with the weights and masks they have now. Throws Failure::Usage for a spared layer
// that is not there.
std::vector<Prunable> prunable_layers(Network& network, const PruneConfig& config);

// How many of `count` are left after so many rounds.
int64_t left_after(int64_t count, double rate, double rounds);

// The masks after `rounds` rounds, one a layer: of what the present masks keep, the largest stay. Among
// equals the one at the lower index stays, and in Scope::Global the one in the earlier layer.
std::vector<Tensor> prune(const std::vector<Prunable>& layers, const PruneConfig& config, double rounds);

// Masks with as many ones at random places (Structure::Outputs: with as many filters): the control that tells
// whether it matters which weights stay.
std::vector<Tensor> shuffled(const std::vector<Prunable>& layers, Structure structure, uint64_t seed,
                             int rounds);

}  // namespace pare
