// Network: layers wired by their inputs, from images to class scores.
//
// A network that lost channels is the same description plus, for each node, the channels still alive: that
// pair is what checkpoints and model files carry.
#pragma once

#include "layers/table.h"

namespace pare {

// The first `count` channels, of a stream that has no more if it is a new one.
StreamChannels all_channels(int count, int stream);

// Whether a Join adds inputs of so many channels one to one.
bool is_plain_join(const Layer& join, int64_t a_channels, int64_t b_channels);

class Network {
 public:
  static constexpr int kImages = -1;  // as an input: the network's own input

  struct Node {
    std::string name;  // "3.conv2d", "4.body.0.conv2d"
    std::string kind;  // "conv2d"
    std::unique_ptr<Layer> layer;
    std::vector<int> inputs;    // the nodes it reads
    int original_channels = 0;  // of its output's stream
    std::vector<int> channels;  // which of those are still there, ascending

    int input() const { return inputs[0]; }
  };

  // Throws Failure::Usage naming the layer and both shapes when a layer does not fit what it reads.
  Network(const LayerList& layers, const Extent& images, const WeightMaker& weights, uint64_t seed,
          const StreamSource& streams = all_channels);

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
  // Whether anyone asks which channels of the stream this node's are: a Join, where they meet another node's,
  // or a Selecting layer that lets some of them through.
  bool numbers_matter(int node) const;

  // Shrinks the network: kept[i] are the positions, among the channels node i has now, of those that stay.
  // Throws, and changes nothing, unless the channels of a Channelwise node are kept like its input's, those
  // of a Join wherever an input keeps them, the groups of a layer that has some as a whole, on
  // both of its sides, and all of the last node's.
  void keep(const std::vector<std::vector<int>>& kept);

  // Takes a Channelwise node out: its readers read what it read.
  void bypass(int node);
  // The same network in the same state, with weights of its own out of the same maker.
  std::unique_ptr<Network> copy(const LayerList& layers, const WeightMaker& weights);

  int64_t multiply_adds() const;  // one image's forward pass, as the network is now
  // Of one image: forward, and those gradients that are wanted, at two operations a multiply-add.
  int64_t training_flops() const;
  int64_t parameter_count();     // weights, biases, gates and batch norm: frozen ones, too
  int64_t weight_count() const;  // weights alone, without biases and batch norm

 private:
  friend class NetworkBuilder;

  // One call of forward(): a node alone, or a FusableLayer together with what follows it.
  struct Step {
    int node;                 // whose layer runs
    std::vector<int> inputs;  // what it reads
    int residual = kNothing;  // what it adds
    Activation activation = Activation::None;
    int result;                 // the node whose output this is
    std::vector<int> releases;  // nodes whose output nobody reads after this step
  };
  static constexpr int kNothing = -2;

  void check_kept(const std::vector<std::vector<int>>& kept) const;
  void plan();
  Step step_ending_at(int node, std::vector<bool>& absorbed) const;

  Extent images_;
  std::vector<Node> nodes_;
  std::vector<Step> steps_;
};

// Adds nodes while a network is built; layers that are made of others use it (LayerConfig::expand).
//
// First weights are drawn from a stream of random numbers that is named after the layer: by the name the
// user gave it, else by its kind and how many of that kind come before it in its list. So neither a layer
// added behind it nor one of another kind before it changes them, and with names no layer does.
class NetworkBuilder {
 public:
  // Throws Failure::Usage when the network's images are too large.
  NetworkBuilder(Network& network, const WeightMaker& weights, uint64_t seed, const StreamSource& streams);

  // Adds the node of `config`, and returns its number.
  int add(const std::string& kind, const LayerConfig& config, const std::vector<int>& inputs);
  // Adds these layers one behind the other, named below `part` of the layer under way; returns the last one's
  // number, or `input` when there are none.
  int add_all(const LayerList& layers, int input, const std::string& part = "");
  const std::string& place() const { return path_; }  // of the layer under way, in the lists: "4", "4.body.0"

 private:
  Network& network_;
  const WeightMaker& weights_;
  uint64_t seed_;
  const StreamSource& streams_;
  std::string path_;    // place()
  std::string stream_;  // the same by kinds: "conv2d_1", "residual_0.body.conv2d_0"
};

}  // namespace pare
