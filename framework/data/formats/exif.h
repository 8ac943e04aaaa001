// The one thing that EXIF says about a picture and that matters here: which way up it is.
#pragma once

#include <cstdint>
#include <span>

namespace pare {

constexpr int kUpright = 1;

// Whether these are the contents of a JPEG's APP1 marker that holds EXIF; others hold XMP.
bool is_exif(std::span<const uint8_t> marker);

// Its orientation, 1 to 8. Upright where it names none, one that does not exist, or where the block is
// damaged: as viewers do.
int orientation_in(std::span<const uint8_t> marker);

}  // namespace pare
