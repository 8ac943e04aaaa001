// Augment: random changes to training inputs, each a function of (seed, epoch, example).
#pragma once

#include "framework/data/spec.h"

namespace pare {

// What a shift uncovers is black: raw value 0, normalised like any other.
struct Augment {
  int shift = 0;      // moves the image by up to this many pixels each way
  bool flip = false;  // mirrors left and right with probability 1/2
  // Side of a square whose centre is any of the image's pixels, each with the same probability. What of it
  // lies inside the image becomes 0, the mean of normalised images (DeVries & Taylor 2017, "Cutout").
  int cutout = 0;

  bool changes_nothing() const { return shift == 0 && !flip && cutout == 0; }
};

// How an image is looked at: the view's pixel (y,x) is the image's pixel (y + down, x + right), black
// outside; then the view may be mirrored.
struct View {
  int down = 0, right = 0;
  bool mirrored = false;
  bool operator==(const View&) const = default;
};

// The square of side `side` that is cut out of a view, by its first row and column; it may reach beyond all
// borders.
struct Hole {
  int top = 0, left = 0, side = 0;
};

struct Change {
  View view;
  Hole hole;
};

// Throws Failure::Usage naming the config's field when a change does not fit inputs of this shape.
void require_fits(const Augment& augment, const InputShape& input);

Change draw(const Augment& augment, const InputShape& input, uint64_t seed, int epoch, int example);

}  // namespace pare
