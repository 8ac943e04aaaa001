// InputShape: the extents of one raw input.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pare {

// How a raw input's numbers are stored: pixels as bytes, measurements as floats.
enum class Element { U8, F32 };

// The extents of one raw input, (H,W,C) in memory.
struct InputShape {
  int height = 1, width = 1, channels = 1;
  Element element = Element::U8;

  int64_t count() const { return int64_t{height} * width * channels; }
  size_t bytes() const { return static_cast<size_t>(count()) * (element == Element::U8 ? 1 : sizeof(float)); }
  bool operator==(const InputShape&) const = default;
};

}  // namespace pare
