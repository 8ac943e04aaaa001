// Network: layers wired by their inputs, from images to class scores.
//
// A network that lost channels is the same description plus, for each node, the channels still alive: that pair is
// what checkpoints and model files carry.
#pragma once

#include "layers/table.h"

namespace pare {

class Network {
 public:
  static constexpr int kImages = -1;  // as an input: the network's own input

  struct Node {
    std::string name;  // "3.conv2d"
    std::string kind;  // "conv2d"
    std::unique_ptr<Layer> layer;
    int input = kImages;        // the node it reads
    int original_channels = 0;  // of its output, when the network was built
    std::vector<int> channels;  // which of those are still there
  };

  // Throws Failure::Usage naming the layer and both shapes when a layer does not fit what it reads.
  Network(const LayerList& layers, const Extent& images, const WeightMaker& weights, uint64_t seed);

  // images (N,H,W,C) in pass.dtype -> scores (N,K)
  Var forward(const Tensor& images, Pass& pass);

  void visit(const ParameterVisitor& visitor);

  const std::vector<Node>& nodes() const { return nodes_; }
  Layer& layer(int node) { return *nodes_[node].layer; }
  const Extent& images() const { return images_; }
  Extent output() const { return nodes_.back().layer->output(); }

  // What a network read from a file was before its training: channels of each layer with weights, in order.
  void set_original_channels(std::span<const int> channels);

  // Which nodes read this one's output.
  std::vector<int> readers(int node) const;
  // The nearest Mixing node at or before `node` along its inputs, whose channels are `node`'s; kImages if none.
  int source(int node) const;

  // Shrinks the network: kept[i] are the positions, among the channels node i has now, of those that stay. The
  // channels of a Channelwise node must be kept like its input's; those of the last node must all be kept.
  void keep(const std::vector<std::vector<int>>& kept);

  int64_t multiply_adds() const;     // one image's forward pass, as the network is now
  int64_t training_flops() const;    // of one image: forward, and both gradients, at two operations a multiply-add
  int64_t parameter_count();         // numbers a training run moves, bits and exponents excepted
  int64_t weight_count() const;      // weights alone, without biases

 private:
  Extent images_;
  std::vector<Node> nodes_;
};

}  // namespace pare
