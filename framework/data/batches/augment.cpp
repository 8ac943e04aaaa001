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
  const auto require_below = [&](int value, int extent, const char* key, const char* unit) {
    require(value >= 0 && value < extent, Failure::Usage, "data.augment.", key, ": ", value, " ", unit,
            " do not fit inputs of (", input.height, ",", input.width, ",", input.channels,
            "), expected less than ", extent);
  };
  require_below(augment.time_shift, input.height, "time_shift", "rows");
  require_below(augment.time_mask, input.height, "time_mask", "rows");
  require_below(augment.band_mask, input.width, "band_mask", "columns");
  require((augment.rotate == 0 && augment.scale == 0) || side > 1, Failure::Usage, "data.augment.",
          augment.rotate > 0 ? "rotate" : "scale", ": inputs of (", input.height, ",", input.width, ",",
          input.channels, ") are no images");
}

namespace {

struct Stretch {
  int begin, size;
};

// 0 to `most` long, anywhere in `extent`.
Stretch stretch_in(int extent, int most, Rng& rng) {
  const int size = static_cast<int>(rng.below(static_cast<uint32_t>(most + 1)));
  return {static_cast<int>(rng.below(static_cast<uint32_t>(extent - size + 1))), size};
}

}  // namespace

// Draws all numbers whatever is wanted, so that switching one kind on leaves the others' draws alone.
Change draw(const Augment& augment, const InputShape& input, uint64_t seed, int epoch, int example) {
  Rng rng(seed, "augment", uint64_t{static_cast<uint32_t>(epoch)} << 32 | static_cast<uint32_t>(example));
  const bool mirrored = rng.below(2) == 1;
  const auto range = static_cast<uint32_t>(2 * augment.shift + 1);
  const int down = static_cast<int>(rng.below(range)) - augment.shift;
  const int right = static_cast<int>(rng.below(range)) - augment.shift;
  const int top = static_cast<int>(rng.below(input.height)) - augment.cutout / 2;
  const int left = static_cast<int>(rng.below(input.width)) - augment.cutout / 2;
  const int later =
      static_cast<int>(rng.below(static_cast<uint32_t>(2 * augment.time_shift + 1))) - augment.time_shift;
  const Stretch time = stretch_in(input.height, augment.time_mask, rng);
  const Stretch band = stretch_in(input.width, augment.band_mask, rng);
  const auto within = [&](double most) { return most * (2 * double{rng.uniform()} - 1); };
  const Warp warp{within(augment.rotate), 1 + within(augment.scale)};
  const Tone tone{static_cast<float>(1 + within(augment.contrast)),
                  static_cast<float>(within(augment.brightness))};
  return {warp,
          {down, right, augment.flip && mirrored, later},
          tone,
          {{{top, left, augment.cutout, augment.cutout},
            {time.begin, 0, time.size, input.width},
            {0, band.begin, input.height, band.size}}}};
}

}  // namespace pare
