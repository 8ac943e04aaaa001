#include <algorithm>
#include <limits>
#include <map>

#include "layers/channels.h"
#include "layers/network/network.h"

namespace pare {
namespace {

// Images and tensors are counted with ints in places, and nobody trains layers of 2^31 numbers an image.
void require_countable(const std::string& name, const Extent& e) {
  const double count = static_cast<double>(e.height) * e.width * e.channels;
  require(count <= std::numeric_limits<int>::max(), Failure::Usage, "network: ", name, " of ", e,
          " have more than 2^31 numbers; make it smaller");
}

}  // namespace

void LayerConfig::describe_name(Fields& fields) {
  fields.text("name", name,
              "what to call it in reports, and which random numbers its first weights are; empty: its place");
}

std::string LayerConfig::name_at(const std::string& place, const std::string& kind) const {
  return name.empty() ? place + "." + kind : name;
}

void Site::require_image() const {
  require(!input().flat, Failure::Usage, "network: layer ", name, " expects an image, but its input ",
          input(), " is a vector; move it before flatten and linear layers");
}

int LayerConfig::expand(NetworkBuilder& builder, const std::string& kind, int input) const {
  return builder.add(kind, *this, {input});
}

NetworkBuilder::NetworkBuilder(Network& network, const WeightMaker& weights, uint64_t seed,
                               const StreamSource& streams)
    : network_(network), weights_(weights), seed_(seed), streams_(streams) {
  require_countable("images", network.images());
}

int NetworkBuilder::add(const std::string& kind, const LayerConfig& config, const std::vector<int>& inputs) {
  Network::Node node{config.name_at(path_, kind), kind, nullptr, inputs, 0, {}};
  const size_t digits = config.name.find_first_not_of("0123456789");
  require(digits == 0 || digits == std::string::npos || config.name[digits] != '.', Failure::Usage,
          "network: layer ", path_, " has the name ", config.name,
          ", but names that begin like this are those of places, which may change; choose another");
  require(std::none_of(config.name.begin(), config.name.end(), [](unsigned char c) { return c < ' '; }),
          Failure::Usage, "network: the name of layer ", path_, " holds a control character; choose another");
  for (const Network::Node& other : network_.nodes_)
    require(other.name != node.name, Failure::Usage, "network: two layers have the name ", node.name,
            "; give each its own");
  Site site{node.name, {}, weights_, streams_, seed_, config.name.empty() ? stream_ : ":" + config.name};
  for (const int input : inputs) {
    if (input == Network::kImages) {
      StreamChannels images = all_channels(network_.images_.channels, 0);
      site.inputs.push_back({network_.images_, std::move(images.channels), images.stream});
    } else {
      const Network::Node& from = network_.nodes_[input];
      site.inputs.push_back({from.layer->output(), from.channels, from.original_channels});
    }
  }
  node.layer = config.build(site);
  require_countable("outputs of layer " + node.name, node.layer->output());
  StreamChannels stream{site.inputs[0].stream, site.inputs[0].channels};
  if (node.layer->flow() == Flow::Mixing) {
    stream = streams_(node.layer->output().channels, 0);
  } else if (node.layer->flow() == Flow::Join) {
    stream.channels = union_of(site.inputs[0].channels, site.inputs[1].channels);
  } else if (node.layer->flow() == Flow::Selecting) {
    stream.channels = chosen(site.inputs[0].channels, *node.layer->carried(0));
  }
  node.original_channels = stream.stream;
  node.channels = std::move(stream.channels);
  network_.nodes_.push_back(std::move(node));
  return static_cast<int>(network_.nodes_.size()) - 1;
}

int NetworkBuilder::add_all(const LayerList& layers, int input, const std::string& part) {
  const std::string outer_path = path_, outer_stream = stream_;
  const auto below = [&](const std::string& outer) { return outer.empty() ? "" : outer + "." + part + "."; };
  std::map<std::string, int> of_kind;
  for (size_t i = 0; i < layers.size(); ++i) {
    path_ = below(outer_path) + std::to_string(i);
    stream_ = below(outer_stream) + layers[i].kind + "_" + std::to_string(of_kind[layers[i].kind]++);
    input = layers[i]->expand(*this, layers[i].kind, input);
  }
  path_ = outer_path;
  stream_ = outer_stream;
  return input;
}

}  // namespace pare
