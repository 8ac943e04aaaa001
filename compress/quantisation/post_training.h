// Post-training quantisation: a trained network becomes integers without being trained again.
#pragma once

#include "compress/quantisation/activations.h"
#include "layers/network/network.h"

namespace pare {

enum class Rounding {
  Nearest,
  Learnt,  // AdaRound, rounding_weight.h
};

struct PostTraining {
  int bits = 8, first_bits = 8, last_bits = 8;  // of weights; of the first and the last layer with any
  std::optional<ActivationsConfig> activations = ActivationsConfig{};  // none: they stay floats
  std::optional<StepFit> steps{};                                      // none: as suits the bits
  Rounding rounding = Rounding::Nearest;
  int rounding_steps = 1000;  // of each layer, 32 inputs each
  bool correct_biases = true;
  uint64_t seed = 1;
};

struct QuantisedLayer {
  std::string name;
  int bits;             // of its weights
  double weight_error;  // root mean square of what the weights changed by, relative to theirs
  double output_error;  // of the layer's outputs, on its quantised inputs, relative to theirs
};

// The network with dropout and batch norm folded, layer by layer in order of its weights: steps are fitted to
// each output channel, in sixteenths of an exponent; levels are rounded; then each bias takes up the mean
// error of its output (Nagel et al., "Data-Free Quantization", 2019, section 4.2, measured and not derived).
// Channels whose weights are integers of so few bits already keep them. `inputs` (N,H,W,C) f32, normalised:
// some training examples, by which activations and errors are judged.
std::unique_ptr<Network> quantised_after_training(Network& network, const Tensor& inputs,
                                                  const PostTraining& options,
                                                  std::vector<QuantisedLayer>& report);

}  // namespace pare
