#include "compress/removal.h"

#include <algorithm>

namespace pare {
namespace {

class Removal {
 public:
  Removal(Network& network, Dead dead, Frozen frozen) : network_(network), dead_(dead), frozen_(frozen) {}

  int run() {
    trace_constants();
    mark_removable();
    fold_constants();
    return cut();
  }

 private:
  int count() const { return static_cast<int>(network_.nodes().size()); }
  const Network::Node& node(int i) const { return network_.nodes()[i]; }
  Flow flow(int i) const { return node(i).layer->flow(); }

  // Forward: what is constant.
  void trace_constants() {
    constants_.resize(count());
    zeros_.resize(count());
    stay_.resize(count());
    for (int i = 0; i < count(); ++i) {
      std::vector<bool> silent;
      if (Weight* weight = node(i).layer->weight()) {
        if (dead_ == Dead::AsItIs) zeros_[i] = zero_channels(*weight);
        silent = dead_ == Dead::AsItIs ? zeros_[i].outputs : weight->silent_outputs();
      }
      std::vector<Constants> inputs;
      for (const int input : node(i).inputs)
        inputs.push_back(input == Network::kImages ? Constants(network_.images().channels)
                                                   : constants_[input]);
      constants_[i] = node(i).layer->trace(inputs, silent);
      if (frozen_ == Frozen::Stay && node(i).layer->frozen()) {
        stay_[i].frozen = true;
        stay_[i].outputs.assign(node(i).channels.size(), true);
        // Those without weights leave: they were silent before training.
        Weight* const weight = node(i).layer->weight();
        if (weight != nullptr && !weight->learns())
          for (size_t c = 0; c < silent.size(); ++c) stay_[i].outputs[c] = !silent[c];
      }
    }
  }

  // Again and again, because what has to stay can be what an addend needs that could have left otherwise.
  void mark_removable() {
    removable_.resize(count());
    stays_.resize(count());
    for (int i = 0; i < count(); ++i) {
      stays_[i].assign(node(i).channels.size(), false);
      if (stay_[i].frozen) stays_[i] = stay_[i].outputs;
    }
    do ask_readers();
    while (keep_what_others_keep());
  }

  // Backward: what every reader can do without.
  void ask_readers() {
    for (int i = count() - 1; i >= 0; --i) {
      removable_[i].assign(node(i).channels.size(), false);
      const std::vector<int> readers = network_.readers(i);
      for (size_t c = 0; c < removable_[i].size() && !readers.empty(); ++c)
        removable_[i][c] = !stays_[i][c] && std::all_of(readers.begin(), readers.end(),
                                                        [&](int r) { return can_do_without(r, i, c); });
    }
  }

  // Forward: a channel leaves a mixing layer's output only with all that carries it, and the sum of a Join
  // keeps what any of its inputs keeps. Whether that kept more than the readers asked for.
  bool keep_what_others_keep() {
    bool more = false;
    for (int i = 0; i < count(); ++i) {
      const std::vector<bool> asked = removable_[i];
      if (flow(i) == Flow::Channelwise) follow_input(i);
      if (flow(i) == Flow::Join) follow_inputs(i);
      if (flow(i) == Flow::Mixing || flow(i) == Flow::Selecting) keep_own(i);
      for (size_t c = 0; c < asked.size(); ++c)
        if (asked[c] && !removable_[i][c]) stays_[i][c] = more = true;
    }
    return more;
  }
  void follow_input(int i) {
    const int input = node(i).input();
    removable_[i] =
        input == Network::kImages ? std::vector<bool>(removable_[i].size(), false) : removable_[input];
  }
  void keep_own(int i) {
    std::vector<bool>& removable = removable_[i];
    if (!removable.empty() && std::find(removable.begin(), removable.end(), false) == removable.end())
      removable[0] = false;  // every tensor keeps a channel
    if (const auto group = node(i).layer->group()) keep_groups(i, *group);
  }
  // All of a group leaves, on both sides, or nothing.
  void keep_groups(int i, const Group& group) {
    const int input = node(i).input();
    for (size_t g = 0; g * group.outputs < removable_[i].size(); ++g) {
      const auto outputs = removable_[i].begin() + static_cast<int>(g) * group.outputs;
      const auto all = [](auto begin, int count) {
        return std::all_of(begin, begin + count, [](bool removable) { return removable; });
      };
      const bool gone = input != Network::kImages && all(outputs, group.outputs) &&
                        all(removable_[input].begin() + static_cast<int>(g) * group.inputs, group.inputs);
      if (!gone) std::fill_n(outputs, group.outputs, false);
    }
  }

  bool can_do_without(int reader, int producer, size_t channel) const {
    const std::optional<float>& constant = constants_[producer][channel];
    switch (flow(reader)) {
      case Flow::Channelwise:
        return removable_[reader][channel];
      case Flow::Join:
        return join_can_do_without(reader, producer, static_cast<int>(channel));
      case Flow::Selecting:
        return gate_can_do_without(reader, static_cast<int>(channel));
      case Flow::Mixing:
        break;
    }
    if (const auto group = node(reader).layer->group())
      return removable_[reader][static_cast<int>(channel) / group->inputs * group->outputs];
    if (!stay_[reader].frozen && constant && node(reader).layer->absorbs(*constant)) return true;
    if (stay_[reader].frozen && node(reader).layer->weight()->learns()) return false;
    return dead_ == Dead::AsItIs && zeros_[reader].inputs[channel];
  }

  bool gate_can_do_without(int gate, int channel) const {
    const std::vector<int>& from = *node(gate).layer->carried(0);
    const auto c = static_cast<size_t>(std::find(from.begin(), from.end(), channel) - from.begin());
    return c == from.size() || removable_[gate][c];
  }

  // An addend that is zero goes alone if the sum's channel has another addend to live on; otherwise the whole
  // sum goes.
  bool join_can_do_without(int join, int producer, int channel) const {
    for (size_t k = 0; k < node(join).inputs.size(); ++k) {
      if (node(join).inputs[k] != producer) continue;
      const std::vector<int>& from = *node(join).layer->carried(static_cast<int>(k));
      const auto c = static_cast<size_t>(std::find(from.begin(), from.end(), channel) - from.begin());
      if (c == from.size() || removable_[join][c]) continue;
      if (!is_zero(constants_[producer][channel]) || !lives_on(join, k, c)) return false;
    }
    return true;
  }
  static bool is_zero(const std::optional<float>& constant) { return constant && *constant == 0.0f; }
  bool lives_on(int join, size_t without, size_t c) const {
    for (size_t k = 0; k < node(join).inputs.size(); ++k) {
      const int from = (*node(join).layer->carried(static_cast<int>(k)))[c];
      if (k == without || from < 0) continue;
      const int producer = node(join).inputs[k];
      if (producer == Network::kImages || !is_zero(constants_[producer][from])) return true;
    }
    return false;
  }
  void follow_inputs(int join) {
    for (size_t c = 0; c < removable_[join].size(); ++c) {
      bool gone = true;
      for (size_t k = 0; k < node(join).inputs.size(); ++k) {
        const int from = (*node(join).layer->carried(static_cast<int>(k)))[c];
        const int producer = node(join).inputs[k];
        if (from >= 0 && (producer == Network::kImages || !removable_[producer][from])) gone = false;
      }
      removable_[join][c] = gone;
    }
  }

  void fold_constants() {
    for (int i = 0; i < count(); ++i) {
      if (flow(i) != Flow::Mixing || node(i).input() == Network::kImages) continue;
      if (node(i).layer->group()) continue;  // what reads a leaving channel leaves with it
      Constants leaving = constants_[node(i).input()];
      for (size_t c = 0; c < leaving.size(); ++c)
        if (!removable_[node(i).input()][c]) leaving[c].reset();
      node(i).layer->absorb(leaving);
    }
  }

  int cut() {
    int removed = 0;
    std::vector<std::vector<int>> kept(count());
    for (int i = 0; i < count(); ++i) {
      for (size_t c = 0; c < removable_[i].size(); ++c)
        if (!removable_[i][c]) kept[i].push_back(static_cast<int>(c));
      if (flow(i) == Flow::Mixing || flow(i) == Flow::Selecting)
        removed += static_cast<int>(removable_[i].size() - kept[i].size());
    }
    if (removed > 0) network_.keep(kept);
    return removed;
  }

  Network& network_;
  Dead dead_;
  Frozen frozen_;
  std::vector<Constants> constants_;
  std::vector<ZeroChannels> zeros_;
  struct Stay {
    bool frozen = false;
    std::vector<bool> outputs;
  };
  std::vector<Stay> stay_;
  std::vector<std::vector<bool>> removable_;  // per channel of each node
  std::vector<std::vector<bool>> stays_;      // whatever its own readers say
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
