#include "compress/self_compression/size_loss.h"

#include <algorithm>

#include "framework/autograd/ops.h"
#include "framework/kernels/elementwise/elementwise.h"

namespace pare {
namespace {

struct BitDepths {
  double sum = 0;
  int64_t live = 0;  // channels with more than zero bits
};

BitDepths depths_of(const Tensor& bits) {
  BitDepths depths;
  for (const float b : bits.floats()) {
    depths.sum += b;
    depths.live += b > 0 ? 1 : 0;
  }
  return depths;
}

// Of each node, the bit depths of its channels; null where they decide about no channel.
std::vector<const float*> deciding_depths(Network& network) {
  std::vector<const float*> depths;
  for (const Network::Node& node : network.nodes()) {
    Weight* const weight = node.layer->weight();
    const Parameter* const bits = weight == nullptr ? nullptr : weight->bits();
    depths.push_back(bits == nullptr ? nullptr : bits->value.data<float>());
  }
  return depths;
}

// What the bit depths that decide about a node's input channels add up to. A channel comes from a layer that
// mixes channels, perhaps on several ways (a residual stream), and passes gates and depthwise convolutions;
// it exists while on one way all of those live. Channels that leave only together (groups) come from each of
// them. Each depth answers for its share of the ways on which all others live.
struct InputDepths {
  int64_t live = 0;                        // channels that exist
  std::vector<std::vector<float>> shares;  // of each node, of each of its channels; empty for most nodes
};

// Counts the ways to the channels of a node: their number doubles with every residual that mixes nothing, so
// none is walked alone.
class Ways {
 public:
  Ways(Network& network, const std::vector<const float*>& deciding, int producer)
      : network_(network), deciding_(deciding), producer_(producer), nodes_(producer + 1) {
    if (producer != Network::kImages) nodes_[producer].reached = true;
    for (int i = producer; i >= 0; --i)
      if (nodes_[i].reached && !begins(i))
        for (const int input : node(i).inputs)
          if (input != Network::kImages) nodes_[input].reached = true;
    for (int i = 0; i <= producer; ++i)
      if (nodes_[i].reached) count(i);
  }

  InputDepths depths() {
    InputDepths depths{0, std::vector<std::vector<float>>(network_.nodes().size())};
    if (producer_ == Network::kImages) {
      depths.live = network_.images().channels;
      return depths;
    }
    Counts& last = nodes_[producer_];
    for (size_t c = 0; c < last.live.size(); ++c) {
      depths.live += last.fixed[c] || last.live[c] > 0;
      last.share[c] = last.fixed[c] ? 0.0 : 1 / std::max(last.live[c], 1.0);
    }
    for (int i = producer_; i >= 0; --i)
      if (nodes_[i].reached) answer(i, depths.shares[i]);
    return depths;
  }

 private:
  struct Counts {
    bool reached = false;
    std::vector<double> come;   // per channel: live ways to it, this node's own depth aside
    std::vector<double> live;   // and with it
    std::vector<bool> fixed;    // whether it is always there: dense weights, images
    std::vector<double> share;  // what one way that gets here is worth
  };

  const Network::Node& node(int i) const { return network_.nodes()[i]; }
  bool begins(int i) const { return node(i).coupling.owns(); }
  bool lives(int i, size_t c) const { return deciding_[i] == nullptr || deciding_[i][c] > 0; }

  // visit(input node, channel there) of all that one channel of a node that begins none is made of.
  template <class Visit>
  void each_input(int i, size_t c, const Visit& visit) const {
    node(i).coupling.each_source(c, [&](size_t k, size_t there) { visit(node(i).inputs[k], there); });
  }

  void count(int i) {
    Counts& counts = nodes_[i];
    const size_t channels = node(i).channels.size();
    counts.come.assign(channels, begins(i) ? 1 : 0);
    counts.live.resize(channels);
    counts.fixed.assign(channels, begins(i));
    counts.share.resize(channels);
    for (size_t c = 0; c < channels; ++c) {
      if (begins(i)) {
        node(i).coupling.each_companion(c, [&](size_t companion) { counts.live[c] += lives(i, companion); });
      } else {
        each_input(i, c, [&](int input, size_t there) {
          counts.come[c] += input == Network::kImages ? 1 : nodes_[input].live[there];
          if (input == Network::kImages || nodes_[input].fixed[there]) counts.fixed[c] = true;
        });
        counts.live[c] = lives(i, c) ? counts.come[c] : 0;
      }
      if (deciding_[i] != nullptr) counts.fixed[c] = false;
    }
  }

  void answer(int i, std::vector<float>& shares) {
    const Counts& counts = nodes_[i];
    if (deciding_[i] != nullptr) shares.resize(counts.live.size(), 0.0f);
    for (size_t c = 0; c < counts.live.size(); ++c) {
      if (counts.share[c] == 0) continue;
      if (begins(i)) {
        if (deciding_[i] != nullptr)
          node(i).coupling.each_companion(
              c, [&](size_t companion) { shares[companion] += at_most_one(counts.share[c]); });
        continue;
      }
      if (deciding_[i] != nullptr) shares[c] += at_most_one(counts.come[c] * counts.share[c]);
      if (!lives(i, c)) continue;
      each_input(i, c, [&](int input, size_t there) {
        if (input != Network::kImages) nodes_[input].share[there] += counts.share[c];
      });
    }
  }
  // More than one it is for a dead channel that ends many ways at once.
  static float at_most_one(double share) { return static_cast<float>(std::min(share, 1.0)); }

  Network& network_;
  const std::vector<const float*>& deciding_;
  int producer_;
  std::vector<Counts> nodes_;
};

}  // namespace

Var size_loss(Tape& tape, Network& network, int64_t original_weights) {
  // The loss is a sum of products (live channels here) x (bits there), so its gradient is known while it is
  // summed.
  struct Term {
    int node;
    Tensor gradient;  // of one bit depth each
  };
  std::vector<Term> terms;
  double total = 0;
  const auto add_term = [&](Parameter& bits, Tensor gradient) {
    const auto slopes = gradient.floats(), depths = bits.value.floats();
    double sum = 0;
    for (size_t o = 0; o < slopes.size(); ++o) sum += static_cast<double>(slopes[o]) * depths[o];
    total += sum;
    if (bits.trainable) terms.push_back({tape.leaf(bits).node, std::move(gradient)});
  };
  const std::vector<const float*> deciding = deciding_depths(network);
  for (size_t i = 0; i < network.nodes().size(); ++i) {
    const Network::Node& node = network.nodes()[i];
    Weight* const weight = node.layer->weight();
    if (weight == nullptr || weight->bits() == nullptr) continue;
    const Shape shape = weight->shape();
    const double taps = static_cast<double>(shape[1] * shape[2]) / static_cast<double>(original_weights);
    // A depthwise layer has one input channel per output channel, which goes with it, and so do the inputs of
    // a group.
    const bool counts = node.coupling.owns() && !node.coupling.block;
    const InputDepths inputs =
        counts ? Ways(network, deciding, node.input()).depths() : InputDepths{shape[3], {}};
    add_term(*weight->bits(),
             Tensor::full({shape[0]}, static_cast<float>(taps * static_cast<double>(inputs.live))));
    const double slope = taps * static_cast<double>(depths_of(weight->bits()->value).live);
    for (size_t producer = 0; producer < inputs.shares.size(); ++producer) {
      const std::vector<float>& share = inputs.shares[producer];
      if (share.empty()) continue;
      Tensor gradient = Tensor::of({static_cast<int64_t>(share.size())}, share);
      for (float& g : gradient.floats()) g *= static_cast<float>(slope);
      add_term(*network.nodes()[producer].layer->weight()->bits(), std::move(gradient));
    }
  }
  return tape.record("size_loss", Tensor::full({1}, static_cast<float>(total)), !terms.empty(),
                     [terms](const Tensor& dy, Tape& gradients) {
                       for (const Term& term : terms) {
                         Tensor gradient = term.gradient.clone();
                         scale(gradient, dy.item());
                         gradients.add(term.node, std::move(gradient));
                       }
                     });
}

Var rate_loss(Tape& tape, std::span<const Var> rates, int64_t original_weights) {
  Var total = Tape::constant(Tensor::zeros({1}));
  for (const Var& rate : rates)
    total = add_scaled(tape, total, rate, 1.0f / static_cast<float>(original_weights));
  return total;
}

double mean_bits(Network& network, int64_t original_weights) {
  double total = 0;
  for (const Network::Node& node : network.nodes()) {
    Weight* const weight = node.layer->weight();
    if (weight == nullptr) continue;
    const auto count = static_cast<double>(weight->shape().count());
    const auto row = static_cast<double>(weight->shape().row());
    total += weight->bits() == nullptr ? 32 * count : row * depths_of(weight->bits()->value).sum;
  }
  return total / static_cast<double>(original_weights);
}

}  // namespace pare
