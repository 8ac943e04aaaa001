// What a folder of pictures says about its config.
#include <algorithm>

#include "framework/data/sources/pictures/pictures_config.h"

namespace pare {
namespace {

constexpr int kLargestSide = 64;  // of inputs, unless all pictures are of one size up to this:
constexpr int kLargestKept = 96;

bool is_grey(const Picture& picture) {
  if (picture.channels < 3) return true;
  const auto channels = static_cast<size_t>(picture.channels);
  for (size_t i = 0; i < picture.pixels.size(); i += channels)
    if (picture.pixels[i] != picture.pixels[i + 1] || picture.pixels[i] != picture.pixels[i + 2])
      return false;
  return true;
}

}  // namespace

// That of all pictures, if it is small; otherwise one with their ratio, or, of pictures that differ, a square
// as large as half of them allow.
void PicturesConfig::choose_size(const std::vector<std::pair<int, int>>& found) {
  size = {kLargestSide, kLargestSide};
  if (found.empty()) return;
  const auto [height, width] = found.front();
  const int longer = std::max(height, width);
  if (std::ranges::count(found, found.front()) != std::ssize(found)) {
    std::vector<int> shorter;
    for (const auto& [h, w] : found) shorter.push_back(std::min(h, w));
    std::ranges::nth_element(shorter, shorter.begin() + std::ssize(shorter) / 2);
    const int side = std::min(kLargestSide, shorter[shorter.size() / 2]);
    size = {side, side};
    preprocessing.fit = Fit::Crop;
  } else if (longer <= kLargestKept) {
    size = {height, width};
  } else {
    const auto shrunk = [&](int side) { return std::max(1, (side * kLargestSide + longer / 2) / longer); };
    size = {shrunk(height), shrunk(width)};
    preprocessing.fit = Fit::Stretch;
  }
}

bool PicturesConfig::recognise(const std::string& place) {
  const std::optional<FoundFiles> listed = recognise_files(place, picture_files());
  if (!listed) return false;
  std::vector<std::pair<int, int>> sizes;
  bool grey = true;
  look_at_some(listed->train, [&](std::span<const uint8_t> bytes, const std::string& file) {
    const Picture picture = decode_picture(bytes, file);
    sizes.emplace_back(picture.height, picture.width);
    grey = grey && is_grey(picture);
  });
  channels = grey ? 1 : 3;
  choose_size(sizes);
  return true;
}

}  // namespace pare
