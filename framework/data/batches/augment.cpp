#include "framework/data/batches/augment.h"

#include <algorithm>

#include "framework/base/error.h"
#include "framework/base/rng.h"

namespace pare {

void require_fits(const Augment& augment, const InputShape& input) {
  const int side = std::min(input.height, input.width);
  require(augment.shift >= 0 && augment.shift < side, Failure::Usage, "data.augment.shift: ", augment.shift,
          " pixels do not fit images of ", input.height, "x", input.width);
  require(augment.cutout >= 0 && augment.cutout <= side, Failure::Usage, "data.augment.cutout: a square of ",
          augment.cutout, " pixels does not fit images of ", input.height, "x", input.width);
}

// Draws all numbers whatever is wanted, so that switching one kind on leaves the others' draws alone.
Change draw(const Augment& augment, const InputShape& input, uint64_t seed, int epoch, int example) {
  Rng rng(seed, "augment", uint64_t{static_cast<uint32_t>(epoch)} << 32 | static_cast<uint32_t>(example));
  const bool mirrored = rng.below(2) == 1;
  const auto range = static_cast<uint32_t>(2 * augment.shift + 1);
  const int down = static_cast<int>(rng.below(range)) - augment.shift;
  const int right = static_cast<int>(rng.below(range)) - augment.shift;
  const int top = static_cast<int>(rng.below(input.height)) - augment.cutout / 2;
  const int left = static_cast<int>(rng.below(input.width)) - augment.cutout / 2;
  return {{down, right, augment.flip && mirrored}, {top, left, augment.cutout}};
}

}  // namespace pare
