// Coupling: how a layer's output channels depend on its input channels. Each layer declares it; removal, the
// size loss, model files and checkpoints use nothing else about a layer's channels.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace pare {

// Channels of a tensor are numbered as they were before any of them left. Tensors that are added to each
// other share one numbering, a stream.
struct Coupling {
  enum class Outputs {
    Own,       // channels of its own, each computed from all input channels: conv2d, linear
    Selected,  // each is a function of one input channel and may leave while that one stays: gate
    Carried,   // each is a function of one channel of each input and leaves with these: relu, add, concat
  };
  // Own: channels mix within blocks of so many inputs and outputs only, as in a grouped convolution. A block
  // leaves as a whole, its inputs with its outputs, so that those left stay as large as each other.
  struct Block {
    int inputs = 0, outputs = 0;
  };
  // For Selected and Carried, one per input. from: of each output channel, its position among the channels
  // the input has now, or -1. shift: what is added to the input's channel numbers in the output's numbering.
  struct Source {
    std::vector<int> from;
    int shift = 0;
  };

  Outputs outputs = Outputs::Own;
  std::optional<Block> block{};
  std::vector<Source> sources{};

  static Coupling own(std::optional<Block> block = {}) { return {Outputs::Own, block, {}}; }
  // Channel by channel, of a single input.
  static Coupling same(int channels);

  bool owns() const { return outputs == Outputs::Own; }
  bool selects() const { return outputs == Outputs::Selected; }
  bool carries() const { return outputs == Outputs::Carried; }
  // Whether channels of different inputs meet: add.
  bool adds() const { return carries() && sources.size() > 1 && sources[1].shift == 0; }
  // Whether it adds inputs of so many channels one to one.
  bool adds_one_to_one(int64_t a_channels, int64_t b_channels) const;

  // visit(input, channel there) of each channel that output channel c is made of. Not of Own ones.
  template <class Visit>
  void each_source(size_t c, const Visit& visit) const {
    for (size_t k = 0; k < sources.size(); ++k)
      if (sources[k].from[c] >= 0) visit(k, static_cast<size_t>(sources[k].from[c]));
  }
  // visit(channel) of the output channels that can only be removed together with c: those of its block, or c.
  template <class Visit>
  void each_companion(size_t c, const Visit& visit) const {
    const size_t size = block ? static_cast<size_t>(block->outputs) : 1;
    for (size_t k = 0; k < size; ++k) visit(c / size * size + k);
  }
};

}  // namespace pare
