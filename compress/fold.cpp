#include "compress/fold.h"

#include "layers/channelwise/activation.h"
#include "layers/channelwise/batch_norm.h"
#include "layers/mixing/mixing.h"

namespace pare {

namespace {

// What is left of a residual keeps a layer in its body: a model file has no empty one.
bool reads_alone(const Network& network, int node) {
  const int before = network.nodes()[node].input();
  return before != Network::kImages && network.readers(before).size() == 1;
}

}  // namespace

void fold(Network& network) {
  for (int i = static_cast<int>(network.nodes().size()) - 1; i > 0; --i)
    if (is_dropout(network.layer(i)) && reads_alone(network, i)) network.bypass(i);
  for (int i = static_cast<int>(network.nodes().size()) - 1; i > 0; --i) {
    const BatchNorm* const norm = as_batch_norm(network.layer(i));
    if (norm == nullptr || !reads_alone(network, i)) continue;
    auto* const before = dynamic_cast<MixingLayer*>(&network.layer(network.nodes()[i].input()));
    if (before == nullptr) continue;
    before->fold(norm->affine());
    network.bypass(i);
  }
}

}  // namespace pare
