#include "compress/removal.h"

#include <algorithm>

namespace pare {
namespace {

// Per output channel: whether all weights are zero now. Per input channel: whether nobody reads it now.
struct Zeros {
  std::vector<bool> rows, columns;
};

Zeros zeros_of(Weight& weight) {
  Tape off(Recording::Off);
  Pass pass{off, Mode::Evaluate, DType::F32, 0, 0};
  const Tensor w = weight.effective(pass).value;
  const int64_t row = w.shape().row(), channels = w.shape()[3];
  Zeros zeros{std::vector<bool>(w.shape()[0], true), std::vector<bool>(channels, true)};
  for (int64_t i = 0; i < w.size(); ++i) {
    if (w.data<float>()[i] == 0.0f) continue;
    zeros.rows[i / row] = false;
    zeros.columns[i % channels] = false;
  }
  return zeros;
}

class Removal {
 public:
  Removal(Network& network, Dead dead) : network_(network), dead_(dead) {}

  int run() {
    trace_constants();
    mark_removable();
    fold_constants();
    return cut();
  }

 private:
  int count() const { return static_cast<int>(network_.nodes().size()); }
  const Network::Node& node(int i) const { return network_.nodes()[i]; }
  bool mixing(int i) const { return node(i).layer->flow() == Flow::Mixing; }

  // Forward: what is constant.
  void trace_constants() {
    constants_.resize(count());
    zeros_.resize(count());
    const Constants images(network_.images().channels);
    for (int i = 0; i < count(); ++i) {
      std::vector<bool> silent;
      if (Weight* weight = node(i).layer->weight()) {
        if (dead_ == Dead::AsItIs) zeros_[i] = zeros_of(*weight);
        silent = dead_ == Dead::AsItIs ? zeros_[i].rows : weight->silent_outputs();
      }
      constants_[i] = node(i).layer->trace(node(i).input == Network::kImages ? images : constants_[node(i).input], silent);
    }
  }

  // Backward: what every reader can do without.
  void mark_removable() {
    removable_.resize(count());
    for (int i = count() - 1; i >= 0; --i) {
      const std::vector<int> readers = network_.readers(i);
      removable_[i].assign(node(i).channels.size(), !readers.empty());
      for (const int reader : readers)
        for (size_t c = 0; c < removable_[i].size(); ++c)
          if (!can_do_without(reader, i, c)) removable_[i][c] = false;
    }
    // A channel leaves a mixing layer's output only with all that carries it; the marks of the tensors behind follow.
    for (int i = 0; i < count(); ++i)
      if (!mixing(i) && node(i).input != Network::kImages) removable_[i] = removable_[node(i).input];
    for (int i = 0; i < count(); ++i) {
      const bool all = std::find(removable_[i].begin(), removable_[i].end(), false) == removable_[i].end();
      if (all && !removable_[i].empty()) removable_[i][0] = false;
    }
  }

  bool can_do_without(int reader, int producer, size_t channel) const {
    const std::optional<float>& constant = constants_[producer][channel];
    if (!mixing(reader)) return removable_[reader][channel];
    if (constant && node(reader).layer->absorbs(*constant)) return true;
    return dead_ == Dead::AsItIs && zeros_[reader].columns[channel];
  }

  void fold_constants() {
    for (int i = 0; i < count(); ++i) {
      if (!mixing(i) || node(i).input == Network::kImages) continue;
      Constants leaving = constants_[node(i).input];
      for (size_t c = 0; c < leaving.size(); ++c)
        if (!removable_[node(i).input][c]) leaving[c].reset();
      node(i).layer->absorb(leaving);
    }
  }

  int cut() {
    int removed = 0;
    std::vector<std::vector<int>> kept(count());
    for (int i = 0; i < count(); ++i) {
      for (size_t c = 0; c < removable_[i].size(); ++c)
        if (!removable_[i][c]) kept[i].push_back(static_cast<int>(c));
      if (mixing(i)) removed += static_cast<int>(removable_[i].size() - kept[i].size());
    }
    if (removed > 0) network_.keep(kept);
    return removed;
  }

  Network& network_;
  Dead dead_;
  std::vector<Constants> constants_;
  std::vector<Zeros> zeros_;
  std::vector<std::vector<bool>> removable_;
};

}  // namespace

// A channel that only cut channels read is found in the next round.
int remove_dead_channels(Network& network, Dead dead) {
  int total = 0;
  for (int removed = 1; removed > 0; total += removed) removed = Removal(network, dead).run();
  return total;
}

}  // namespace pare
