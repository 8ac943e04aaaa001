// Augment: random changes to training inputs, each a function of (seed, epoch, example).
#pragma once

#include <array>

#include "framework/data/spec.h"

namespace pare {

// What a shift uncovers is black: raw value 0, normalised like any other. What is masked becomes 0, the mean
// of normalised inputs. Where rows are moments, as those of sounds and of windows over time, the last three
// change time; they work on features, which are computed once, and not on the sound.
struct Augment {
  int shift = 0;      // moves the image by up to this many pixels each way
  bool flip = false;  // mirrors left and right with probability 1/2
  // Side of a square whose centre is any of the image's pixels, each with the same probability. What of it
  // lies inside the image is masked (DeVries & Taylor 2017, "Cutout").
  int cutout = 0;
  // Moves an input by up to this many rows, earlier or later; its first or last row is repeated.
  int time_shift = 0;
  // Masks 0 to this many rows, and columns, in one piece that lies anywhere (Park et al. 2019,
  // "SpecAugment").
  int time_mask = 0, band_mask = 0;
  double rotate = 0;  // turns the image by up to this many degrees each way
  double scale = 0;   // makes it larger or smaller by a factor from 1 - scale to 1 + scale
  // Multiplies normalised inputs by a factor from 1 - contrast to 1 + contrast, and adds up to this much each
  // way, in their deviations.
  double contrast = 0, brightness = 0;
  double mixup = 0;  // alpha of mixup.h; a change of whole batches, which draw() knows nothing of

  bool operator==(const Augment&) const = default;
  bool changes_nothing() const { return *this == Augment{.mixup = mixup}; }  // in single examples
};

// Around the image's middle; clockwise as it is shown, with its first row above.
struct Warp {
  double degrees = 0, scale = 1;
  bool operator==(const Warp&) const = default;
};

// Of normalised numbers: x -> factor x + added
struct Tone {
  float factor = 1, added = 0;
  bool operator==(const Tone&) const = default;
};

// How an image is looked at: the view's pixel (y,x) is the image's pixel (y + down, x + right), black
// outside; then the view may be mirrored. Its row y is shown in row y - later, its first or last one where
// there is none.
struct View {
  int down = 0, right = 0;
  bool mirrored = false;
  int later = 0;
  bool operator==(const View&) const = default;
};

// The rectangle that is cut out of a view, by its first row and column; it may reach beyond all borders.
struct Hole {
  int top = 0, left = 0, height = 0, width = 0;
};

// One after the other.
struct Change {
  Warp warp{};
  View view{};
  Tone tone{};
  std::array<Hole, 3> holes{};
};

// Throws Failure::Usage naming the config's field when a change does not fit inputs of this shape.
void require_fits(const Augment& augment, const InputShape& input);

Change draw(const Augment& augment, const InputShape& input, uint64_t seed, int epoch, int example);

}  // namespace pare
