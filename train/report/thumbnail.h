// Thumbnails: the raw input of an example, of this spec, for a page to draw.
#pragma once

#include "framework/data/source.h"
#include "framework/json/json.h"

namespace pare {

// {"height", "width", "channels" (1 or 3), "pixels": base64 of u8 (H,W,channels)}, at most `side` each way.
// Floats are stretched so that the least is black and the largest white; windows over time become strips, a
// row a column of the table; of other numbers of channels, the first is shown. Of one row of a table:
// {"numbers": [...]}, the first ones.
// Of a text: {"text": "..."}, as far as the network reads it.
Json thumbnail(const Spec& spec, const std::byte* raw, int side = 64);

// What the numbers of a thumbnail are called, where inputs are rows of a table: a list, empty where they have
// no names.
Json names_of_numbers(const Spec& spec);

}  // namespace pare
