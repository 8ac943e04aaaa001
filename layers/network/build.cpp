// A network out of its graph.
#include <algorithm>
#include <limits>

#include "layers/channels.h"
#include "layers/network/network.h"

namespace pare {
namespace {

// Images and tensors are counted with ints in places, and layers of 2^31 numbers an image are out of reach.
void require_countable(const std::string& name, const Extent& e) {
  const double count = static_cast<double>(e.height) * e.width * e.channels;
  require(count <= std::numeric_limits<int>::max(), Failure::Usage, "network: ", name, " of ", e,
          " have more than 2^31 numbers; make it smaller");
}

// Which channels, of which stream, a layer without channels of its own has, given its inputs.
StreamChannels carried_stream(const Coupling& coupling, const std::vector<Signal>& inputs) {
  StreamChannels stream;
  for (size_t k = 0; k < inputs.size(); ++k)
    stream.stream = std::max(stream.stream, coupling.inputs[k].shift + inputs[k].stream);
  for (size_t c = 0; c < coupling.inputs[0].from.size(); ++c) {
    int number = -1;
    coupling.each_source(
        c, [&](size_t k, size_t there) { number = inputs[k].channels[there] + coupling.inputs[k].shift; });
    stream.channels.push_back(number);
  }
  return stream;
}

}  // namespace

void LayerConfig::describe_node(Fields& fields, Need name_need) {
  fields.text("name", name,
              "what to call it in reports, and which random numbers its first weights are; empty: its place",
              name_need);
  fields.texts("inputs", reads,
               "names of the layers it reads, \"images\" for the network's input; none: the layer before it",
               Need::IfAny);
}

std::string LayerConfig::name_at(const std::string& place, const std::string& kind) const {
  return name.empty() ? place + "." + kind : name;
}

std::unique_ptr<Layer> LayerConfig::build(const Site& site) const {
  fail(Failure::Internal, "network: ", site.name, " is made of other layers");
}

void Site::require_image() const {
  require(!input().flat, Failure::Usage, "network: layer ", name, " expects an image, but its input ",
          input(), " is a vector; move it before flatten and linear layers");
}

Network::Network(const Graph& graph, const WeightMaker& weights, uint64_t seed, const StreamSource& streams)
    : images_(graph.images) {
  require_countable("images", images_);
  for (const Graph::Node& node : graph.nodes) add(node, weights, seed, streams);
  const Extent extent = output();
  require(extent.height == 1 && extent.width == 1, Failure::Usage, "network: its last layer ",
          nodes_.back().name, " gives ", extent, " instead of class scores; end with a linear layer");
  plan();
}

Signal Network::signal(int node) const {
  if (node == kImages) {
    StreamChannels images = all_channels(images_.channels, 0);
    return {"images", images_, std::move(images.channels), images.stream};
  }
  const Node& from = nodes_[node];
  return {from.name, from.layer->output(), from.channels, from.original_channels};
}

void Network::add(const Graph::Node& what, const WeightMaker& weights, uint64_t seed,
                  const StreamSource& streams) {
  // A graph that lost channels knows which; otherwise `streams` does.
  const StreamSource known = [&](int, int) { return StreamChannels{what.original_channels, what.channels}; };
  const StreamSource& source = what.channels.empty() ? streams : known;
  Site site{what.name, {}, weights, source, seed, what.random};
  for (const int input : what.inputs) site.inputs.push_back(signal(input));
  Node node{what, what.config->build(site)};
  const Extent output = node.layer->output();
  require_countable("outputs of layer " + node.name, output);
  node.coupling = node.layer->coupling();
  StreamChannels stream =
      node.coupling.owns() ? source(output.channels, 0) : carried_stream(node.coupling, site.inputs);
  check(std::ssize(stream.channels) == output.channels, "network: layer ", node.name, " gives ",
        output.channels, " channels, not the ", stream.channels.size(), " that are there");
  node.original_channels = stream.stream;
  node.channels = std::move(stream.channels);
  nodes_.push_back(std::move(node));
}

Graph Network::graph() const {
  Graph graph{images_, {}};
  for (const Node& node : nodes_) {
    graph.nodes.push_back(node);
    graph.nodes.back().config->match(*node.layer);
  }
  return graph;
}

}  // namespace pare
