#include "layers/network.h"

#include <limits>
#include <numeric>

namespace pare {
namespace {

// Images and tensors are counted with ints in places, and nobody trains layers of 2^31 numbers an image.
void require_countable(const std::string& name, const Extent& e) {
  const double count = static_cast<double>(e.height) * e.width * e.channels;
  require(count <= std::numeric_limits<int>::max(), Failure::Usage, "network: ", name, " of ", e,
          " have more than 2^31 numbers; make it smaller");
}

}  // namespace

Network::Network(const LayerList& layers, const Extent& images, const WeightMaker& weights, uint64_t seed)
    : images_(images) {
  require(!layers.empty(), Failure::Usage, "network: there are no layers; add at least a linear layer");
  require_countable("images", images);
  Extent extent = images;
  for (const Variant<LayerConfig>& config : layers) {
    const int index = static_cast<int>(nodes_.size());
    Node node;
    node.name = std::to_string(index) + "." + config.kind;
    node.kind = config.kind;
    node.layer = config->build({node.name, extent, weights, seed});
    node.input = index - 1;
    extent = node.layer->output();
    require_countable("outputs of layer " + node.name, extent);
    node.original_channels = extent.channels;
    node.channels.resize(extent.channels);
    std::iota(node.channels.begin(), node.channels.end(), 0);
    nodes_.push_back(std::move(node));
  }
  require(extent.height == 1 && extent.width == 1, Failure::Usage, "network: its last layer ", nodes_.back().name,
          " gives ", extent, " instead of class scores; end with a linear layer");
}

Var Network::forward(const Tensor& images, Pass& pass) {
  check(images.shape() == images_.shape(images.shape()[0]), "network: images ", images.shape(), " instead of (N,",
        images_.height, ",", images_.width, ",", images_.channels, ")");
  std::vector<Var> values(nodes_.size());
  const Var input = Tape::constant(images);
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    values[i] = node.layer->forward(node.input == kImages ? input : values[node.input], pass);
    // The tape keeps what backward reads; an activation that was read for the last time need not stay for us.
    if (node.input != kImages && readers(node.input).back() == static_cast<int>(i)) values[node.input] = {};
  }
  Var& scores = values.back();
  scores.value = scores.value.reshaped({images.shape()[0], scores.value.shape().row()});
  return scores;
}

void Network::visit(const ParameterVisitor& visitor) {
  for (Node& node : nodes_) node.layer->visit(visitor);
}

void Network::set_original_channels(std::span<const int> channels) {
  size_t next = 0;
  for (Node& node : nodes_) {
    if (node.layer->weight() == nullptr) continue;
    check(next < channels.size(), "network: only ", channels.size(), " original channel counts");
    node.original_channels = channels[next++];
  }
}

std::vector<int> Network::readers(int node) const {
  std::vector<int> readers;
  for (size_t i = 0; i < nodes_.size(); ++i)
    if (nodes_[i].input == node) readers.push_back(static_cast<int>(i));
  return readers;
}

int Network::source(int node) const {
  while (node != kImages && nodes_[node].layer->flow() != Flow::Mixing) node = nodes_[node].input;
  return node;
}

void Network::keep(const std::vector<std::vector<int>>& kept) {
  std::vector<bool> shrinks(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); ++i) shrinks[i] = kept[i].size() != nodes_[i].channels.size();
  for (size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    if (node.input != kImages && shrinks[node.input]) node.layer->keep_inputs(kept[node.input]);
    if (!shrinks[i]) continue;
    node.layer->keep_outputs(kept[i]);
    std::vector<int> channels;
    for (const int position : kept[i]) channels.push_back(node.channels[position]);
    node.channels = std::move(channels);
  }
}

int64_t Network::multiply_adds() const {
  int64_t total = 0;
  for (const Node& node : nodes_) total += node.layer->multiply_adds();
  return total;
}

// Two operations a multiply-add; forward, data gradient and weight gradient cost the same, but layers that read the
// images need no data gradient.
int64_t Network::training_flops() const {
  int64_t total = 0;
  for (size_t i = 0; i < nodes_.size(); ++i)
    total += nodes_[i].layer->multiply_adds() * (source(nodes_[i].input) == kImages ? 4 : 6);
  return total;
}

int64_t Network::parameter_count() {
  int64_t total = 0;
  visit([&](Parameter& p) {
    if (p.kind != ParameterKind::Bits && p.kind != ParameterKind::Exponent && p.kind != ParameterKind::Statistic)
      total += p.value.size();
  });
  return total;
}

int64_t Network::weight_count() const {
  int64_t total = 0;
  for (const Node& node : nodes_)
    if (const Weight* weight = node.layer->weight()) total += weight->shape().count();
  return total;
}

}  // namespace pare
