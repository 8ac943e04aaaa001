// Network: layers wired by their inputs, from images to class scores.
//
// It is built from a Graph, and graph() gives the current one: the graph and the tensors are its whole state.
#pragma once

#include "layers/graph/graph.h"

namespace pare {

// The first `count` channels, of a stream that has no more if it is a new one.
StreamChannels all_channels(int count, int stream);

class Network {
 public:
  static constexpr int kImages = Graph::kImages;

  struct Node : Graph::Node {
    std::unique_ptr<Layer> layer;
    Coupling coupling{};  // the layer's, as it is now
  };

  // Throws Failure::Usage naming the layer and both shapes when a layer does not fit what it reads.
  Network(const Graph& graph, const WeightMaker& weights, uint64_t seed,
          const StreamSource& streams = all_channels);
  Network(const LayerList& layers, const Extent& images, const WeightMaker& weights, uint64_t seed,
          const StreamSource& streams = all_channels)
      : Network(lower(layers, images), weights, seed, streams) {}

  // The network as it is now: what its layers have become, and the channels that are left.
  Graph graph() const;

  // images (N,H,W,C) in pass.dtype -> scores (N,K)
  Var forward(const Tensor& images, Pass& pass);

  void visit(const ParameterVisitor& visitor);

  const std::vector<Node>& nodes() const { return nodes_; }
  Layer& layer(int node) { return *nodes_[node].layer; }
  const Extent& images() const { return images_; }
  Extent output() const { return nodes_.back().layer->output(); }

  // Channels of what this node reads as its input number `which`.
  int channels_read(const Node& node, size_t which = 0) const;
  // Which nodes read this one's output.
  std::vector<int> readers(int node) const;
  // Whether it matters which channels of the stream this node's are: where they are added to another node's,
  // or a gate selects some of them.
  bool numbers_matter(int node) const;

  // Shrinks the network: kept[i] are the positions, among the channels node i has now, of those that stay.
  // Throws, and changes nothing, unless that fits every node's coupling: a carried channel is kept where one
  // of its sources is, a selected one only where its source is, a block as a whole and on both sides; and all
  // of the last node's are kept.
  void keep(const std::vector<std::vector<int>>& kept);

  // Removes a node that passes its single input on unchanged: its readers then read that input.
  void bypass(int node);
  // The same network in the same state, with weights of its own out of the same maker.
  std::unique_ptr<Network> copy(const WeightMaker& weights);

  int64_t multiply_adds() const;  // one image's forward pass, as the network is now
  // Of one image: forward, and those gradients that are wanted, at two operations a multiply-add.
  int64_t training_flops() const;
  int64_t parameter_count();     // weights, biases, gates and batch norm: frozen ones, too
  int64_t weight_count() const;  // weights alone, without biases and batch norm

 private:
  // One call of forward(): a node alone, or a FusableLayer together with what follows it.
  struct Step {
    int node;                 // whose layer runs
    std::vector<int> inputs;  // what it reads
    int residual = kNothing;  // what it adds
    Activation activation = Activation::None;
    int result;                 // the node whose output this is
    std::vector<int> releases;  // nodes whose output is not read after this step
  };
  static constexpr int kNothing = -2;

  void add(const Graph::Node& what, const WeightMaker& weights, uint64_t seed, const StreamSource& streams);
  Signal signal(int node) const;
  void check_kept(const std::vector<std::vector<int>>& kept) const;
  void plan();
  Step step_ending_at(int node, std::vector<bool>& absorbed) const;

  Extent images_;
  std::vector<Node> nodes_;
  std::vector<Step> steps_;
};

}  // namespace pare
