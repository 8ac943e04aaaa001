#include "framework/data/normalisation.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "framework/base/error.h"

namespace pare {
namespace {

float four_decimals(double value) { return static_cast<float>(std::round(value * 1e4) / 1e4); }

}  // namespace

Normalisation measure(const ImageSet& images, std::span<const int> indices) {
  check(!indices.empty(), "normalisation: no images to measure");
  // Counting values first keeps the sums exact, whatever the order and number of images.
  std::vector<std::array<uint64_t, 256>> counts(images.channels);
  for (const int index : indices) {
    check(index >= 0 && index < images.count(), "normalisation: no image ", index, " among ", images.count());
    const uint8_t* pixel = images.image(index);
    for (size_t left = images.image_size(); left > 0; left -= counts.size())
      for (std::array<uint64_t, 256>& count : counts) ++count[*pixel++];
  }
  const double pixels = static_cast<double>(indices.size()) * images.height * images.width;
  Normalisation result;
  for (const std::array<uint64_t, 256>& count : counts) {
    double sum = 0, squares = 0;
    for (int value = 0; value < 256; ++value) {
      sum += static_cast<double>(count[value]) * value;
      squares += static_cast<double>(count[value]) * value * value;
    }
    const double mean = sum / pixels;
    const double variance = std::max(0.0, squares / pixels - mean * mean);
    result.mean.push_back(four_decimals(mean / 255));
    result.deviation.push_back(std::max(1e-4f, four_decimals(std::sqrt(variance) / 255)));
  }
  return result;
}

}  // namespace pare
