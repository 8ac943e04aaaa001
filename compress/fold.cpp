#include "compress/fold.h"

namespace pare {

void fold_batch_norm(Network& network) {
  for (int i = static_cast<int>(network.nodes().size()) - 1; i > 0; --i) {
    const std::optional<Layer::Affine> affine = network.layer(i).affine();
    const int before = network.nodes()[i].input();
    if (!affine || before == Network::kImages || network.readers(before).size() != 1) continue;
    if (network.layer(before).fold(*affine)) network.bypass(i);
  }
}

}  // namespace pare
