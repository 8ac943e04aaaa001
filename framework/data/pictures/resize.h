// Pictures of other sizes.
#pragma once

#include "framework/data/pictures/picture.h"

namespace pare {

// Part of a picture: rows [top, top + height), columns [left, left + width).
struct Region {
  int top = 0, left = 0, height = 0, width = 0;
};

// The region as a picture of height x width. Each pixel is a mean of those around its place, weighted by a
// triangle that is as wide as two pixels of the coarser grid: bilinear where it becomes larger, and without
// aliases where it becomes smaller. Only integers are computed with: weights are multiples of 2^-16, what
// lies between the two passes of 2^-8. A region of that size is copied.
Picture resized(const Picture& picture, const Region& region, int height, int width);

}  // namespace pare
