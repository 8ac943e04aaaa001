#include "compress/size_loss.h"

#include <algorithm>
#include <map>

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

// What the bit depths that decide about a node's input channels add up to. A channel that several nodes write
// (a residual stream) exists while one of them lives; each writer answers for one live writer's share of it.
struct InputDepths {
  int64_t live = 0;                                        // channels that exist
  std::vector<std::pair<int, std::vector<float>>> shares;  // node -> share of each of its channels
};

InputDepths input_depths(Network& network, int producer) {
  InputDepths depths;
  std::map<int, std::vector<float>> shares;
  for (const std::vector<Network::Writer>& writers : network.writers(producer)) {
    int64_t live = 0;
    bool fixed = writers.empty();  // those of the images, of dense weights and of groups always exist
    for (const Network::Writer& writer : writers) {
      const Parameter* const bits = network.layer(writer.node).weight()->bits();
      fixed = fixed || bits == nullptr || network.layer(writer.node).rigid();
      if (bits != nullptr && bits->value.data<float>()[writer.position] > 0) ++live;
    }
    if (fixed || live > 0) ++depths.live;
    if (fixed) continue;
    for (const Network::Writer& writer : writers) {
      std::vector<float>& share = shares[writer.node];
      share.resize(network.nodes()[writer.node].channels.size(), 0.0f);
      share[writer.position] += 1.0f / static_cast<float>(std::max<int64_t>(live, 1));
    }
  }
  depths.shares.assign(shares.begin(), shares.end());
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
    for (int64_t o = 0; o < gradient.size(); ++o)
      total += static_cast<double>(gradient.data<float>()[o]) * bits.value.data<float>()[o];
    terms.push_back({tape.leaf(bits).node, std::move(gradient)});
  };
  for (size_t i = 0; i < network.nodes().size(); ++i) {
    const Network::Node& node = network.nodes()[i];
    Weight* const weight = node.layer->weight();
    if (weight == nullptr || weight->bits() == nullptr) continue;
    const Shape shape = weight->shape();
    const double taps = static_cast<double>(shape[1] * shape[2]) / static_cast<double>(original_weights);
    // A depthwise layer has one input channel per output channel, which goes with it; those of groups all
    // stay.
    const bool counts = node.layer->flow() == Flow::Mixing && !node.layer->rigid();
    const InputDepths inputs = counts ? input_depths(network, node.input()) : InputDepths{shape[3], {}};
    add_term(*weight->bits(),
             Tensor::full({shape[0]}, static_cast<float>(taps * static_cast<double>(inputs.live))));
    const double slope = taps * static_cast<double>(depths_of(weight->bits()->value).live);
    for (const auto& [writer, share] : inputs.shares) {
      Tensor gradient = Tensor::of({static_cast<int64_t>(share.size())}, share);
      for (float& g : gradient.floats()) g *= static_cast<float>(slope);
      add_term(*network.layer(writer).weight()->bits(), std::move(gradient));
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

Var rate_loss(Tape& tape, Network& network, int64_t original_weights) {
  Var total = Tape::constant(Tensor::zeros({1}));
  for (const Network::Node& node : network.nodes())
    if (Weight* weight = node.layer->weight())
      total = add_scaled(tape, total, weight->rate(tape), 1.0f / static_cast<float>(original_weights));
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
