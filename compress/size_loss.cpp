#include "compress/size_loss.h"

#include "framework/autograd/ops.h"

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

}  // namespace

Var size_loss(Tape& tape, Network& network, int64_t original_weights) {
  // The loss is a sum of products (live channels here) x (bits there), so each depth's gradient is one number a layer.
  struct Term {
    int node;
    int64_t channels;
    double slope;
  };
  std::vector<Term> terms;
  double total = 0;
  const auto add_term = [&](Parameter* bits, double factor) {
    const Var leaf = tape.leaf(*bits);
    terms.push_back({leaf.node, bits->value.size(), factor});
    total += factor * depths_of(bits->value).sum;
  };
  for (size_t i = 0; i < network.nodes().size(); ++i) {
    Weight* const weight = network.layer(static_cast<int>(i)).weight();
    if (weight == nullptr || weight->bits() == nullptr) continue;
    const Shape shape = weight->shape();
    const int source = network.source(network.nodes()[i].input);
    Weight* const feeding = source == Network::kImages ? nullptr : network.layer(source).weight();
    Parameter* const feeding_bits = feeding == nullptr ? nullptr : feeding->bits();
    const auto taps = static_cast<double>(shape[1] * shape[2]) / static_cast<double>(original_weights);
    const int64_t live_inputs = feeding_bits == nullptr ? shape[3] : depths_of(feeding_bits->value).live;
    add_term(weight->bits(), taps * static_cast<double>(live_inputs));
    if (feeding_bits != nullptr)
      add_term(feeding_bits, taps * static_cast<double>(depths_of(weight->bits()->value).live));
  }
  return tape.record("size_loss", Tensor::full({1}, static_cast<float>(total)), !terms.empty(),
                     [terms](const Tensor& dy, Tape& gradients) {
                       for (const Term& term : terms)
                         gradients.add(term.node, Tensor::full({term.channels},
                                                               static_cast<float>(term.slope) * dy.item()));
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
