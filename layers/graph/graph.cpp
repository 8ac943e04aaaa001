#include "layers/graph/graph.h"

#include <algorithm>
#include <map>

#include "framework/config/suggest.h"

namespace pare {
namespace {

constexpr const char* kImagesName = "images";

void require_usable_name(const std::string& name, const std::string& place) {
  const size_t digits = name.find_first_not_of("0123456789");
  require(digits == 0 || digits == std::string::npos || name[digits] != '.', Failure::Usage,
          "network: layer ", place, " has the name ", name,
          ", but names that begin like this are those of places, which may change; choose another");
  require(std::none_of(name.begin(), name.end(), [](unsigned char c) { return c < ' '; }), Failure::Usage,
          "network: the name of layer ", place, " holds a control character; choose another");
}

}  // namespace

int LayerConfig::expand(GraphBuilder& builder, const Variant<LayerConfig>& self,
                        const std::vector<int>& inputs) const {
  return builder.add(self, inputs, self.kind);
}

int GraphBuilder::add(Variant<LayerConfig> config, const std::vector<int>& inputs, const std::string& word) {
  const std::string own = config->name, name = config->name_at(path_, word);
  require_usable_name(own, path_);
  for (const Graph::Node& other : graph_.nodes)
    require(other.name != name, Failure::Usage, "network: two layers have the name ", name,
            "; give each its own");
  const Arity arity = config->arity();
  const auto count = static_cast<int>(inputs.size());
  require(count >= arity.least && count <= arity.most, Failure::Usage, "network: layer ", name, " has ",
          count, count == 1 ? " input" : " inputs", ", but ", config.kind, " takes ", arity.least,
          arity.most > arity.least ? " or more" : "");
  // Or the name would stand for both.
  require(std::ranges::find(inputs, Graph::kImages) == inputs.end() ||
              std::ranges::find(graph_.nodes, kImagesName, &Graph::Node::name) == graph_.nodes.end(),
          Failure::Usage, "network: layer ", name, " reads the images behind a layer that is called ",
          kImagesName, "; give that another name");
  config->reads.clear();
  graph_.nodes.push_back({name, std::move(config), inputs, own.empty() ? random_ : ":" + own});
  return static_cast<int>(graph_.nodes.size()) - 1;
}

// By the names of nodes before it.
std::vector<int> GraphBuilder::inputs_of(const Variant<LayerConfig>& layer, int before) const {
  if (layer->reads.empty()) return {before};
  const std::vector<Graph::Node>& nodes = graph_.nodes;
  std::vector<int> inputs;
  for (const std::string& name : layer->reads) {
    const auto found = std::ranges::find(nodes, name, &Graph::Node::name);
    if (found == nodes.end() && name != kImagesName) {
      std::vector<std::string> known{kImagesName};
      for (const Graph::Node& node : nodes) known.push_back(node.name);
      fail(Failure::Usage, "network: layer ", layer->name_at(path_, layer.kind), " reads '", name,
           "', which is no layer before it", did_you_mean(name, known, "layers"));
    }
    inputs.push_back(found == nodes.end() ? Graph::kImages : static_cast<int>(found - nodes.begin()));
  }
  return inputs;
}

int GraphBuilder::add_all(const LayerList& layers, int input, const std::string& part) {
  const std::string outer_path = path_, outer_random = random_;
  const auto below = [&](const std::string& outer) { return outer.empty() ? "" : outer + "." + part + "."; };
  std::map<std::string, int> of_kind;
  for (size_t i = 0; i < layers.size(); ++i) {
    path_ = below(outer_path) + std::to_string(i);
    random_ = below(outer_random) + layers[i].kind + "_" + std::to_string(of_kind[layers[i].kind]++);
    input = layers[i]->expand(*this, layers[i], inputs_of(layers[i], input));
  }
  path_ = outer_path;
  random_ = outer_random;
  return input;
}

Graph lower(const LayerList& layers, const Extent& images) {
  require(!layers.empty(), Failure::Usage, "network: there are no layers; add at least a linear layer");
  Graph graph{images, {}};
  GraphBuilder(graph).add_all(layers, Graph::kImages);
  std::vector<bool> read(graph.nodes.size(), false);
  for (const Graph::Node& node : graph.nodes)
    for (const int input : node.inputs)
      if (input != Graph::kImages) read[input] = true;
  for (size_t i = 0; i + 1 < graph.nodes.size(); ++i)
    require(read[i], Failure::Usage, "network: no layer reads ", graph.nodes[i].name,
            "; name it among the inputs of one, or leave it out");
  return graph;
}

LayerList list_of_layers(const Graph& graph) {
  LayerList layers;
  std::vector<std::string> names;
  for (size_t i = 0; i < graph.nodes.size(); ++i) {
    const Graph::Node& node = graph.nodes[i];
    Variant<LayerConfig> layer = node.config;
    names.push_back(layer->name_at(std::to_string(i), layer.kind));
    if (node.inputs != std::vector<int>{static_cast<int>(i) - 1})
      for (const int input : node.inputs)
        layer->reads.push_back(input == Graph::kImages ? kImagesName : names[input]);
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace pare
