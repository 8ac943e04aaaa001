// Graph: a network as plain data: its layers in the order in which they are computed, what each of them
// reads, and which channels are left of it. A value: copy it, change it, build a Network from it.
#pragma once

#include "layers/table.h"

namespace pare {

struct Graph {
  static constexpr int kImages = -1;  // as an input: the network's own input

  struct Node {
    std::string name;             // unique, the prefix of its parameters' names: "3.conv2d"
    Variant<LayerConfig> config;  // what it computes; its own `reads` are empty
    std::vector<int> inputs;      // the nodes it reads, all before it
    std::string random;           // names the random numbers of its first weights
    int original_channels = 0;    // of its output's stream; 0: as the layer is built
    std::vector<int> channels{};  // which of those are still there, ascending; empty: all

    const std::string& kind() const { return config.kind; }
    int input() const { return inputs[0]; }
  };

  Extent images;
  std::vector<Node> nodes;
};

// The graph of a list of layers; composite layers, such as a residual, become the layers they are made of.
// Throws Failure::Usage naming the layer when two have the same name, or one reads what is not there, or
// nothing reads it.
//
// First weights are drawn from a stream of random numbers that is named after the layer: by the name the user
// gave it, else by its kind and how many of that kind come before it in its list. So neither a layer added
// behind it nor one of another kind before it changes them, and with names no layer does.
Graph lower(const LayerList& layers, const Extent& images);

// The reverse of lower(): a list of layers that gives this graph, except for automatic names and removed
// channels.
LayerList list_of_layers(const Graph& graph);

// Adds the nodes of a list of layers to a graph; layers that are made of others use it (LayerConfig::expand).
class GraphBuilder {
 public:
  explicit GraphBuilder(Graph& graph) : graph_(graph) {}

  // Adds a node for the layer under way and returns its number. `word` stands for its kind in its name.
  int add(Variant<LayerConfig> config, const std::vector<int>& inputs, const std::string& word);
  // Adds these layers, each reading the one before where it says nothing else and the first `input`, named
  // below `part` of the layer under way; returns the last one's number, or `input` when there are none.
  int add_all(const LayerList& layers, int input, const std::string& part = "");
  const std::string& place() const { return path_; }  // of the layer under way, in the lists: "4", "4.body.0"

 private:
  std::vector<int> inputs_of(const Variant<LayerConfig>& layer, int before) const;

  Graph& graph_;
  std::string path_;    // place()
  std::string random_;  // the same by kinds: "conv2d_1", "residual_0.body.conv2d_0"
};

}  // namespace pare
