#include "compress/size_loss.h"

#include <algorithm>

#include "framework/autograd/ops.h"
#include "framework/kernels/elementwise.h"

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
    Weight* const weight = node.layer->rigid() ? nullptr : node.layer->weight();
    const Parameter* const bits = weight == nullptr ? nullptr : weight->bits();
    depths.push_back(bits == nullptr ? nullptr : bits->value.data<float>());
  }
  return depths;
}

// What the bit depths that decide about a node's input channels add up to. A channel that several writers
// bring (a residual stream) exists while one of them lives; each answers for one live writer's share of it,
// and so does every gate on its way, because each of them alone could end it.
struct InputDepths {
  int64_t live = 0;                        // channels that exist
  std::vector<std::vector<float>> shares;  // of each node, of each of its channels; empty for most nodes
};

InputDepths input_depths(Network& network, int producer, const std::vector<const float*>& deciding) {
  InputDepths depths{0, std::vector<std::vector<float>>(network.nodes().size())};
  const auto bits_of = [&](const Writers::Place& place) {
    const float* const of_node = deciding[place.node];
    return of_node == nullptr ? nullptr : of_node + place.position;
  };
  const Writers& writers = network.writers(producer);
  for (int channel = 0; channel < writers.channels(); ++channel) {
    int64_t live = 0;
    bool fixed = false;  // what passes dense weights, groups or nothing at all is always there
    writers.each(channel, [&](Writers::Writer writer) {
      bool decided = false, lives = true;
      for (const Writers::Place& place : writer) {
        const float* const bits = bits_of(place);
        decided = decided || bits != nullptr;
        lives = lives && (bits == nullptr || *bits > 0);
      }
      fixed = fixed || !decided;
      live += lives;
    });
    if (fixed || live > 0) ++depths.live;
    if (fixed) continue;
    const float share = 1.0f / static_cast<float>(std::max<int64_t>(live, 1));
    writers.each(channel, [&](Writers::Writer writer) {
      for (const Writers::Place& place : writer) {
        if (bits_of(place) == nullptr) continue;
        std::vector<float>& shares = depths.shares[place.node];
        shares.resize(network.nodes()[place.node].channels.size(), 0.0f);
        shares[place.position] += share;
      }
    });
  }
  return depths;
}

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
    terms.push_back({tape.leaf(bits).node, std::move(gradient)});
  };
  const std::vector<const float*> deciding = deciding_depths(network);
  for (size_t i = 0; i < network.nodes().size(); ++i) {
    const Network::Node& node = network.nodes()[i];
    Weight* const weight = node.layer->weight();
    if (weight == nullptr || weight->bits() == nullptr) continue;
    const Shape shape = weight->shape();
    const double taps = static_cast<double>(shape[1] * shape[2]) / static_cast<double>(original_weights);
    // A depthwise layer has one input channel per output channel, which goes with it; those of groups all
    // stay.
    const bool counts = node.layer->flow() == Flow::Mixing && !node.layer->rigid();
    const InputDepths inputs =
        counts ? input_depths(network, node.input(), deciding) : InputDepths{shape[3], {}};
    add_term(*weight->bits(),
             Tensor::full({shape[0]}, static_cast<float>(taps * static_cast<double>(inputs.live))));
    const double slope = taps * static_cast<double>(depths_of(weight->bits()->value).live);
    for (size_t writer = 0; writer < inputs.shares.size(); ++writer) {
      const std::vector<float>& share = inputs.shares[writer];
      if (share.empty()) continue;
      Tensor gradient = Tensor::of({static_cast<int64_t>(share.size())}, share);
      for (float& g : gradient.floats()) g *= static_cast<float>(slope);
      add_term(*network.nodes()[writer].layer->weight()->bits(), std::move(gradient));
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
