#include "compress/quantised_method.h"

#include <algorithm>
#include <iterator>

#include "compress/fold.h"
#include "compress/removal.h"
#include "compress/round_scales.h"

namespace pare {
namespace {

// From fine to coarse. Small files pay for their grid: one of 691 bytes with the third has 713 with the first
// and 672 with the last.
constexpr Grid kGrids[] = {{64, 10}, {32, 9}, {16, 8}, {8, 7}, {8, 6}, {4, 6}};

}  // namespace

void QuantisedMethod::finish(Network& network) {
  fold(network);
  // Before anything is rounded: the bias of a channel that leaves may be the largest of its layer, which
  // sets the step of all others. In the file nothing is frozen.
  remove_dead_channels(network, Dead::AsItIs, Frozen::Leave);
  // Constants that are folded move biases off their steps and make steps larger, and a small one that is
  // rounded to zero then may free its channel.
  do round_scales(network, kGrids[grid_]);
  while (remove_dead_channels(network, Dead::AsItIs, Frozen::Leave) > 0);
}

int QuantisedMethod::grids() const { return static_cast<int>(std::size(kGrids)); }

void QuantisedMethod::restore_grid(double grid) {
  use_grid(static_cast<int>(std::clamp(grid, 0.0, grids() - 1.0)));
}

}  // namespace pare
