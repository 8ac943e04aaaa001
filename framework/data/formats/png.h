// PNG files, by libpng.
#pragma once

#include "framework/data/pictures/picture.h"

namespace pare {

// Of whatever kind: palettes become colours, 16 bits are rounded to 8, interlacing is undone. Gamma and
// colour profiles are ignored, as are all chunks that hold no pixels. Throws Failure::Data naming the file
// when it is damaged or cut off, or has more pixels than `most`.
Picture decode_png(std::span<const uint8_t> bytes, const std::string& name, int64_t most = kMostPixels);

}  // namespace pare
