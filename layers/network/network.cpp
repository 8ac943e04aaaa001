#include "layers/network/network.h"

#include <algorithm>
#include <numeric>

#include "framework/autograd/ops.h"
#include "layers/channels.h"
#include "layers/network/fusion.h"

namespace pare {

StreamChannels all_channels(int count, int stream) {
  StreamChannels all{stream == 0 ? count : stream, std::vector<int>(count)};
  std::iota(all.channels.begin(), all.channels.end(), 0);
  return all;
}

// The group that ends at this node: it alone, or what fusion.h describes.
Network::Step Network::step_ending_at(int node, std::vector<bool>& absorbed) const {
  Step step{node, nodes_[node].inputs, kNothing, Activation::None, node, {}};
  const auto sole_reader = [&](int producer) { return producer >= 0 && readers(producer).size() == 1; };
  const auto fusable = [&](int i) {
    const auto* const layer = sole_reader(i) ? dynamic_cast<FusableLayer*>(nodes_[i].layer.get()) : nullptr;
    return layer != nullptr && (step.residual == kNothing || layer->takes_residual());
  };
  if (nodes_[node].layer->activation() == Activation::None || !sole_reader(nodes_[node].input())) return step;
  const int before = nodes_[node].input();
  int head = before;
  if (const Coupling& joins = nodes_[before].coupling; joins.inputs.size() > 1) {
    if (!joins.adds_one_to_one(channels_read(nodes_[before], 0), channels_read(nodes_[before], 1)))
      return step;
    head = nodes_[before].inputs[0];
    step.residual = nodes_[before].inputs[1];
  }
  if (!fusable(head)) return {node, nodes_[node].inputs, kNothing, Activation::None, node, {}};
  absorbed[before] = absorbed[head] = true;
  step.node = head;
  step.inputs = nodes_[head].inputs;
  step.activation = nodes_[node].layer->activation();
  return step;
}

void Network::plan() {
  const int count = static_cast<int>(nodes_.size());
  std::vector<bool> absorbed(count, false);
  steps_.clear();
  for (int node = count - 1; node >= 0; --node)
    if (!absorbed[node]) steps_.push_back(step_ending_at(node, absorbed));
  std::reverse(steps_.begin(), steps_.end());
  // The tape keeps what backward reads; an output that was read for the last time need not stay for us.
  std::vector<bool> released(count, false);
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    std::vector<int> reads = step->inputs;
    reads.push_back(step->residual);
    for (const int input : reads) {
      if (input < 0 || released[input]) continue;
      released[input] = true;
      step->releases.push_back(input);
    }
  }
}

Var Network::forward(const Tensor& images, Pass& pass) {
  check(images.shape() == images_.shape(images.shape()[0]), "network: images ", images.shape(),
        " instead of (N,", images_.height, ",", images_.width, ",", images_.channels, ")");
  std::vector<Var> values(nodes_.size());
  const Var input = Tape::constant(images);
  const auto value_of = [&](int node) { return node == kImages ? input : values[node]; };
  for (const Step& step : steps_) {
    Layer& layer = *nodes_[step.node].layer;
    if (step.node == step.result) {
      std::vector<Var> inputs;
      for (const int node : step.inputs) inputs.push_back(value_of(node));
      values[step.result] = layer.forward(inputs, pass);
    } else {
      const Var residual = step.residual == kNothing ? Var{} : value_of(step.residual);
      values[step.result] = dynamic_cast<FusableLayer&>(layer).forward_fused(value_of(step.inputs[0]),
                                                                             residual, step.activation, pass);
    }
    for (const int node : step.releases) values[node] = {};
  }
  const Var& scores = values.back();
  const Shape each_image{images.shape()[0], scores.shape().row()};
  return scores.shape() == each_image ? scores : reshape(pass.tape, scores, each_image);
}

void Network::visit(const ParameterVisitor& visitor) {
  for (Node& node : nodes_) node.layer->visit(visitor);
}

std::vector<int> Network::readers(int node) const {
  std::vector<int> readers;
  for (size_t i = 0; i < nodes_.size(); ++i)
    for (const int input : nodes_[i].inputs)
      if (input == node) readers.push_back(static_cast<int>(i));
  return readers;
}

int Network::channels_read(const Node& node, size_t which) const {
  const int input = node.inputs[which];
  return input == kImages ? images_.channels : static_cast<int>(nodes_[input].channels.size());
}

bool Network::numbers_matter(int node) const {
  std::vector<bool> matter(nodes_.size(), false);
  for (auto i = static_cast<int>(nodes_.size()) - 1; i > node; --i)
    for (const int input : nodes_[i].inputs) {
      if (input < node || input == kImages) continue;
      const Coupling& coupling = nodes_[i].coupling;
      const bool selects = coupling.selects() && nodes_[i].channels.size() < nodes_[input].channels.size();
      if (coupling.adds() || selects || (!coupling.owns() && matter[i])) matter[input] = true;
    }
  return matter[node];
}

namespace {

// Whether blocks of so many channels are kept as a whole; and which, by the first of each.
std::optional<std::vector<bool>> whole_blocks(const std::vector<bool>& kept, int size) {
  std::vector<bool> blocks;
  for (size_t c = 0; c < kept.size(); ++c) {
    if (c % size == 0) blocks.push_back(kept[c]);
    if (kept[c] != blocks.back()) return std::nullopt;
  }
  return blocks;
}

// Whether a node may keep `mine` when its inputs keep `read`.
bool fits(const Coupling& coupling, const std::vector<bool>& mine,
          const std::vector<const std::vector<bool>*>& read) {
  if (coupling.block) {
    const auto inputs = whole_blocks(*read[0], coupling.block->inputs);
    return inputs && whole_blocks(mine, coupling.block->outputs) == inputs;
  }
  if (coupling.owns()) return true;
  for (size_t c = 0; c < mine.size(); ++c) {
    bool given = false;
    coupling.each_source(c, [&](size_t input, size_t there) { given = given || (*read[input])[there]; });
    if (coupling.carries() ? mine[c] != given : mine[c] && !given) return false;
  }
  return true;
}

}  // namespace

void Network::check_kept(const std::vector<std::vector<int>>& kept) const {
  const std::vector<bool> images(images_.channels, true);
  std::vector<std::vector<bool>> keeps;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    std::vector<bool>& mine = keeps.emplace_back(node.channels.size(), i + 1 == nodes_.size());
    for (const int c : kept[i]) {
      check(c < std::ssize(node.channels), "network: layer ", node.name, " has ", node.channels.size(),
            " channels and cannot keep number ", c);
      mine[c] = true;
    }
    std::vector<const std::vector<bool>*> read;
    for (const int input : node.inputs) read.push_back(input == kImages ? &images : &keeps[input]);
    const bool all = i + 1 < nodes_.size() || kept[i].size() == node.channels.size();
    check(all && fits(node.coupling, mine, read), "network: the channels that layer ", node.name,
          " keeps do not fit its neighbours'");
  }
}

void Network::keep(const std::vector<std::vector<int>>& kept) {
  check_kept(kept);
  std::vector<bool> shrinks(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); ++i) shrinks[i] = kept[i].size() != nodes_[i].channels.size();
  for (size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    for (size_t k = 0; k < node.inputs.size(); ++k)
      if (node.inputs[k] != kImages && shrinks[node.inputs[k]])
        node.layer->keep_inputs(static_cast<int>(k), kept[node.inputs[k]]);
    if (!shrinks[i]) continue;
    node.layer->keep_outputs(kept[i]);
    node.channels = chosen(node.channels, kept[i]);
  }
  for (Node& node : nodes_) node.coupling = node.layer->coupling();
  plan();
}

void Network::bypass(int node) {
  const int input = nodes_[node].input();
  nodes_.erase(nodes_.begin() + node);
  for (Node& reader : nodes_)
    for (int& i : reader.inputs) i = i == node ? input : (i > node ? i - 1 : i);
  plan();
}

std::unique_ptr<Network> Network::copy(const WeightMaker& weights) {
  auto twin = std::make_unique<Network>(graph(), weights, 0);
  std::vector<Tensor> values;
  visit([&](Parameter& p) { values.push_back(p.value.clone()); });
  size_t next = 0;
  twin->visit([&](Parameter& p) { p.value = values[next++]; });
  return twin;
}

int64_t Network::multiply_adds() const {
  int64_t total = 0;
  for (const Node& node : nodes_) total += node.layer->multiply_adds();
  return total;
}

// Two operations a multiply-add; forward, data gradient and weight gradient cost the same, but frozen weights
// need no gradient, and layers behind which nothing learns need no data gradient.
int64_t Network::training_flops() const {
  int64_t total = 0;
  std::vector<bool> learns_before(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); ++i) {
    bool behind = false;
    for (const int input : nodes_[i].inputs) behind = behind || (input != kImages && learns_before[input]);
    const int64_t cost = nodes_[i].layer->multiply_adds();
    Weight* const weight = nodes_[i].layer->weight();
    total += cost * (2 + (behind ? 2 : 0) + (weight != nullptr && weight->learns() ? 2 : 0));
    bool learns = false;
    nodes_[i].layer->visit(
        [&](const Parameter& p) { learns = learns || (p.trainable && !p.is(ParameterTag::Statistic)); });
    learns_before[i] = behind || learns;
  }
  return total;
}

int64_t Network::parameter_count() {
  int64_t total = 0;
  visit([&](Parameter& p) {
    constexpr ParameterTags kOthers{ParameterTag::Bits, ParameterTag::Exponents, ParameterTag::ActivationStep,
                                    ParameterTag::Statistic};
    if (!p.tags.meets(kOthers)) total += p.value.size();
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
