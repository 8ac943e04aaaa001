// Coupling: how a layer's output channels depend on its input channels. Each layer declares it; removal, the
// size loss, model files and checkpoints use nothing else about a layer's channels.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace pare {

// Channels of a tensor keep the numbers they had before any was removed. Tensors that are added to each other
// share one numbering, a (residual) stream.
struct Coupling {
  enum class Outputs {
    // Channels of its own, each computed from all input channels: conv2d, linear. Output and input channels
    // are removed independently of each other.
    Own,
    // Each is a function of one input channel: gate. Removing an output channel leaves the input's there, for
    // its other readers; the input's cannot be removed before it.
    Selected,
    // Each is a function of at most one channel of each input, and is removed exactly when these are: relu,
    // batch_norm, depthwise conv2d, add, concat. An addend that is zero can be removed before its sum.
    Carried,
  };
  // Own: channels mix within blocks of so many inputs and outputs only, as in a grouped convolution. A block
  // leaves as a whole, its inputs with its outputs, so that those left stay as large as each other.
  struct Block {
    int inputs = 0, outputs = 0;
  };
  // For Selected and Carried, one per input. from: of each output channel, its position among the channels
  // the input has now, or -1. shift: what is added to the input's channel numbers in the output's numbering.
  struct Input {
    std::vector<int> from;
    int shift = 0;
  };

  Outputs outputs = Outputs::Own;
  std::optional<Block> block{};
  std::vector<Input> inputs{};

  static Coupling own(std::optional<Block> block = {}) { return {Outputs::Own, block, {}}; }
  // Channel by channel, of a single input.
  static Coupling same(int channels);

  bool owns() const { return outputs == Outputs::Own; }
  bool selects() const { return outputs == Outputs::Selected; }
  bool carries() const { return outputs == Outputs::Carried; }
  // Whether channels of different inputs meet: add.
  bool adds() const { return carries() && inputs.size() > 1 && inputs[1].shift == 0; }
  // Whether it adds inputs of so many channels one to one.
  bool adds_one_to_one(int64_t a_channels, int64_t b_channels) const;

  // visit(input, channel there) of each channel that output channel c is made of. Not of Own ones.
  template <class Visit>
  void each_source(size_t c, const Visit& visit) const {
    for (size_t k = 0; k < inputs.size(); ++k)
      if (inputs[k].from[c] >= 0) visit(k, static_cast<size_t>(inputs[k].from[c]));
  }
  // visit(channel) of the output channels that can only be removed together with c: those of its block, or c.
  template <class Visit>
  void each_companion(size_t c, const Visit& visit) const {
    const size_t size = block ? static_cast<size_t>(block->outputs) : 1;
    for (size_t k = 0; k < size; ++k) visit(c / size * size + k);
  }
};

}  // namespace pare
