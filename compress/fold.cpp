#include "compress/fold.h"

namespace pare {

namespace {

// What is left of a residual keeps a layer in its body: a model file has no empty one.
bool reads_alone(const Network& network, int node) {
  const int before = network.nodes()[node].input();
  return before != Network::kImages && network.readers(before).size() == 1;
}

}  // namespace

void fold_batch_norm(Network& network) {
  for (int i = static_cast<int>(network.nodes().size()) - 1; i > 0; --i) {
    const std::optional<Layer::Affine> affine = network.layer(i).affine();
    if (!affine || !reads_alone(network, i)) continue;
    if (network.layer(network.nodes()[i].input()).fold(*affine)) network.bypass(i);
  }
}

void drop_dropout(Network& network) {
  for (int i = static_cast<int>(network.nodes().size()) - 1; i > 0; --i)
    if (network.layer(i).trains_only() && reads_alone(network, i)) network.bypass(i);
}

}  // namespace pare
