// Picture: decoded pixels, whatever file they come from.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace pare {

struct Picture {
  int height = 0, width = 0;
  int channels = 0;             // 1: grey, 2: grey and alpha, 3: RGB, 4: RGB and alpha
  std::vector<uint8_t> pixels;  // (H,W,channels)

  size_t stride() const { return static_cast<size_t>(width) * static_cast<size_t>(channels); }
  const uint8_t* row(int y) const { return pixels.data() + static_cast<size_t>(y) * stride(); }
  uint8_t* row(int y) { return pixels.data() + static_cast<size_t>(y) * stride(); }
};

using Colour = std::array<uint8_t, 3>;  // RGB

// Larger pictures are refused: decoded, this one takes 200 MB.
constexpr int64_t kMostPixels = int64_t{1} << 26;

enum class PictureFormat { Png, Jpeg };

// What a file is by its first bytes, whatever its name says. Throws Failure::Data naming the file when it is
// neither PNG nor JPEG, and says what it is instead where that is known.
PictureFormat format_of(std::span<const uint8_t> bytes, const std::string& name);

// A PNG or JPEG file as its viewer would show it, upright. Throws Failure::Data naming the file when it is
// damaged, cut off, of a kind that is not read, or has more pixels than `most`.
Picture decode_picture(std::span<const uint8_t> bytes, const std::string& name, int64_t most = kMostPixels);

// Turned and mirrored as orientation 1 to 8 of EXIF says (Exif 2.3, tag 0x0112): 1 is as it is.
Picture oriented(Picture picture, int orientation);

// With 1 channel (grey) or 3 (RGB). What is transparent shows `background`. Grey is BT.601's luma,
// (19595 R + 38470 G + 7471 B + 32768) / 65536 rounded down, which leaves a grey pixel's value as it is.
Picture with_channels(Picture picture, int channels, const Colour& background);

uint8_t luma_of(const Colour& colour);

}  // namespace pare
