// JPEG files, by libjpeg.
#pragma once

#include "framework/data/pictures/picture.h"

namespace pare {

// Grey, or RGB: what is stored as YCbCr, CMYK or YCCK is converted, and the orientation that EXIF names is
// undone. Colour profiles are ignored. Decoding is the accurate integer one, so that the pixels are the same
// on all machines. Throws Failure::Data naming the file when it is damaged or cut off, or has more pixels
// than `most`.
Picture decode_jpeg(std::span<const uint8_t> bytes, const std::string& name, int64_t most = kMostPixels);

}  // namespace pare
