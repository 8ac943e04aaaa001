#include "compress/removal.h"

#include "layers/mixing/mixing.h"
#include "layers/network/channel_groups.h"

namespace pare {
namespace {

class Removal {
 public:
  Removal(Network& network, Dead dead, Frozen frozen)
      : network_(network), groups_(network), dead_(dead), frozen_(frozen) {}

  int run() {
    trace_constants();
    mark_removable();
    fold_constants();
    return cut();
  }

 private:
  int count() const { return static_cast<int>(network_.nodes().size()); }
  const Network::Node& node(int i) const { return network_.nodes()[i]; }

  // Forward: what is constant.
  void trace_constants() {
    constants_.resize(count());
    zeros_.resize(count());
    frozen_layers_.resize(count());
    stays_.resize(count());
    for (int i = 0; i < count(); ++i) {
      std::vector<bool> dead;
      if (Weight* weight = node(i).layer->weight()) {
        if (dead_ == Dead::AsItIs) zeros_[i] = zero_channels(*weight);
        dead = dead_ == Dead::AsItIs ? zeros_[i].outputs : weight->dead_outputs();
      }
      std::vector<Constants> inputs;
      for (const int input : node(i).inputs)
        inputs.push_back(input == Network::kImages ? Constants(network_.images().channels)
                                                   : constants_[input]);
      constants_[i] = node(i).layer->trace(inputs, dead);
      frozen_layers_[i] = frozen_ == Frozen::Stay && node(i).layer->frozen();
      stays_[i].assign(node(i).channels.size(), frozen_layers_[i]);
      // In a frozen layer channels whose weights are all zero can leave: they were dead before training.
      Weight* const weight = node(i).layer->weight();
      if (frozen_layers_[i] && weight != nullptr && !weight->learns())
        for (size_t c = 0; c < dead.size(); ++c) stays_[i][c] = !dead[c];
    }
  }

  // The largest set of groups whose members can all leave: first all, then without those that something still
  // needs, until nothing changes. Every tensor keeps a channel.
  void mark_removable() {
    removable_.assign(groups_.count(), true);
    for (int c = 0; c < network_.images().channels; ++c) need(Network::kImages, c);
    for (int i = 0; i < count(); ++i)
      for (size_t c = 0; c < node(i).channels.size(); ++c)
        if (i + 1 == count() || stays_[i][c]) need(i, c);
    for (int i = 0; i < count(); ++i) need_what_is_read(i);
    do {
      changed_ = false;
      for (int i = count() - 1; i >= 0; --i) follow_coupling(i);
      if (!changed_) need_one_each();
    } while (changed_);
  }
  bool removable(int i, size_t c) const { return removable_[groups_.of(i, c)]; }
  // Something needs this channel, so its group stays.
  void need(int i, size_t c) {
    changed_ = changed_ || removable(i, c);
    removable_[groups_.of(i, c)] = false;
  }

  // The inputs that a layer with channels of its own cannot do without. (A block leaves with its inputs.)
  void need_what_is_read(int reader) {
    if (!node(reader).coupling.owns() || node(reader).coupling.block) return;
    const int input = node(reader).input();
    for (size_t c = 0; input != Network::kImages && c < node(input).channels.size(); ++c)
      if (!can_do_without(reader, c)) need(input, c);
  }
  bool can_do_without(int reader, size_t channel) const {
    const std::optional<float>& constant = constants_[node(reader).input()][channel];
    if (!frozen_layers_[reader] && constant && mixing(reader).absorbs(*constant)) return true;
    if (frozen_layers_[reader] && node(reader).layer->weight()->learns()) return false;
    return dead_ == Dead::AsItIs && zeros_[reader].inputs[channel];
  }
  MixingLayer& mixing(int i) const { return dynamic_cast<MixingLayer&>(*node(i).layer); }

  void follow_coupling(int i) {
    if (node(i).coupling.owns()) return;
    for (size_t c = 0; c < node(i).channels.size(); ++c) {
      if (node(i).coupling.carries() && removable(i, c)) stay_with_sources(i, c);
      if (!removable(i, c)) need_sources(i, c);
    }
  }
  template <class Visit>
  void each_source(int i, size_t c, const Visit& visit) const {
    node(i).coupling.each_source(c, [&](size_t k, size_t there) { visit(node(i).inputs[k], there); });
  }
  // A sum leaves with all its addends only.
  void stay_with_sources(int i, size_t c) {
    each_source(i, c, [&](int input, size_t there) {
      if (!removable(input, there)) need(i, c);
    });
  }
  // An addend that is zero can leave alone if the sum has another one that is not.
  void need_sources(int i, size_t c) {
    int nonzero = 0;
    each_source(i, c, [&](int input, size_t there) { nonzero += is_zero(input, there) ? 0 : 1; });
    each_source(i, c, [&](int input, size_t there) {
      if (node(i).coupling.selects() || !is_zero(input, there) || nonzero == 0) need(input, there);
    });
  }
  bool is_zero(int i, size_t c) const { return i != Network::kImages && constants_[i][c] == 0.0f; }

  void need_one_each() {
    for (int i = 0; i < count() && !changed_; ++i) {
      bool all = !node(i).coupling.carries();
      for (size_t c = 0; c < node(i).channels.size(); ++c) all = all && removable(i, c);
      if (all) need(i, 0);
    }
  }

  void fold_constants() {
    for (int i = 0; i < count(); ++i) {
      const int input = node(i).input();
      if (!node(i).coupling.owns() || node(i).coupling.block || input == Network::kImages ||
          frozen_layers_[i])
        continue;
      Constants leaving = constants_[input];
      for (size_t c = 0; c < leaving.size(); ++c)
        if (!removable(input, c)) leaving[c].reset();
      mixing(i).absorb(leaving);
    }
  }

  int cut() {
    int removed = 0;
    std::vector<std::vector<int>> kept(count());
    for (int i = 0; i < count(); ++i) {
      for (size_t c = 0; c < node(i).channels.size(); ++c)
        if (!removable(i, c)) kept[i].push_back(static_cast<int>(c));
      if (!node(i).coupling.carries()) removed += static_cast<int>(node(i).channels.size() - kept[i].size());
    }
    if (removed > 0) network_.keep(kept);
    return removed;
  }

  Network& network_;
  const ChannelGroups groups_;
  Dead dead_;
  Frozen frozen_;
  std::vector<Constants> constants_;
  std::vector<ZeroChannels> zeros_;
  std::vector<bool> frozen_layers_;       // that keep their channels
  std::vector<std::vector<bool>> stays_;  // of their outputs: whether it stays
  std::vector<bool> removable_;           // of each group
  bool changed_ = false;                  // whether a group was marked as needed
};

}  // namespace

ZeroChannels zero_channels(Weight& weight) {
  const Tensor w = effective_values(weight);
  const int64_t row = w.shape().row(), channels = w.shape()[3];
  ZeroChannels zeros{std::vector<bool>(w.shape()[0], true), std::vector<bool>(channels, true)};
  for (int64_t i = 0; i < w.size(); ++i) {
    if (w.data<float>()[i] == 0.0f) continue;
    zeros.outputs[i / row] = false;
    zeros.inputs[i % channels] = false;
  }
  return zeros;
}

// A channel that only cut channels read is found in the next round.
int remove_dead_channels(Network& network, Dead dead, Frozen frozen) {
  int total = 0;
  for (int removed = 1; removed > 0; total += removed) removed = Removal(network, dead, frozen).run();
  return total;
}

}  // namespace pare
