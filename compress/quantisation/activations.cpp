#include "compress/quantisation/activations.h"

#include <algorithm>
#include <map>
#include <set>

#include "layers/channelwise/quantise.h"

namespace pare {
namespace {

bool is_one_of(const Graph::Node& node, std::initializer_list<const char*> kinds) {
  return std::ranges::any_of(kinds, [&](const char* kind) { return node.kind() == kind; });
}

// Of each node whether its output is never below zero.
std::vector<bool> never_negative(const Graph& graph) {
  std::vector<bool> positive;
  const auto of = [&](int input) { return input != Graph::kImages && positive[static_cast<size_t>(input)]; };
  for (const Graph::Node& node : graph.nodes) {
    const bool keeps = is_one_of(
        node, {"max_pool", "average_pool", "global_average_pool", "flatten", "dropout", "add", "concat"});
    positive.push_back(node.kind() == "relu" || (keeps && std::ranges::all_of(node.inputs, of)));
  }
  return positive;
}

// The tensors to quantise, by the nodes that give them.
std::set<int> read_by_weights(const Graph& graph) {
  std::set<int> tensors;
  for (const Graph::Node& node : graph.nodes) {
    if (!is_one_of(node, {"conv2d", "linear"})) continue;
    int tensor = node.input();
    const auto source = [&]() -> const Graph::Node& { return graph.nodes[static_cast<size_t>(tensor)]; };
    while (tensor != Graph::kImages && is_one_of(source(), {"dropout", "flatten"})) tensor = source().input();
    if (tensor == Graph::kImages || source().kind() != "quantise") tensors.insert(tensor);
  }
  return tensors;
}

Variant<LayerConfig> quantise_layer(int bits, bool with_signs, bool learnt) {
  Variant<LayerConfig> chosen = choose(layer_table(), "quantise");
  auto& config = static_cast<QuantiseConfig&>(*chosen);
  config.bits = bits;
  config.with_signs = with_signs;
  config.learnt = learnt;
  return chosen;
}

}  // namespace

void ActivationsConfig::describe(Fields& fields) {
  fields.integer("bits", bits, Range::between(2, 16), "bits of what convolutions and linear layers read");
  fields.integer("images", images, Range::between(0, 16),
                 "bits of the network's own input; 0: it is left as it is");
  fields.number("lr", lr, Range::above(0), "Adam's learning rate for the logarithms (base 2) of the steps");
}

Graph with_quantised_activations(const Graph& graph, const ActivationsConfig& config) {
  const std::set<int> chosen = read_by_weights(graph);
  const std::vector<bool> positive = never_negative(graph);
  Graph result{graph.images, {}};
  std::map<int, int> now;  // where what a node gives is read, in the result
  const auto quantise = [&](int tensor, const std::string& name, int bits) {
    const bool images = tensor == Graph::kImages;
    const bool with_signs = images || !positive[static_cast<size_t>(tensor)];
    result.nodes.push_back(
        {name + ".quantise", quantise_layer(bits, with_signs, !images), {now.at(tensor)}, {}});
    now[tensor] = static_cast<int>(result.nodes.size()) - 1;
  };
  now[Graph::kImages] = Graph::kImages;
  if (chosen.contains(Graph::kImages) && config.images > 0) quantise(Graph::kImages, "images", config.images);
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    Graph::Node node = graph.nodes[i];
    for (int& input : node.inputs) input = now.at(input);
    result.nodes.push_back(std::move(node));
    const auto number = static_cast<int>(i);
    now[number] = static_cast<int>(result.nodes.size()) - 1;
    if (chosen.contains(number)) quantise(number, graph.nodes[i].name, config.bits);
  }
  return result;
}

}  // namespace pare
