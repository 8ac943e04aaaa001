#include "framework/data/pictures/resize.h"

#include <algorithm>
#include <cstdlib>

#include "framework/base/error.h"

namespace pare {
namespace {

constexpr int kWeightBits = 16, kMiddleBits = 8;

// Which of `from` positions each of `to` positions is a mean of: those from `first` on, by weights that sum
// up to 2^kWeightBits.
struct Taps {
  int first = 0;
  std::vector<uint32_t> weights;
};

// Weights by their distance d in halves of 1 / (from * to) of the side, where positions are integers, too:
// the centre of `i` of `from` lies at (2 i + 1) to. The triangle reaches two of the coarser grid's halves.
std::vector<Taps> taps_of(int64_t from, int64_t to) {
  const int64_t reach = 2 * std::max(from, to);
  std::vector<Taps> all;
  for (int64_t o = 0; o < to; ++o) {
    const int64_t centre = (2 * o + 1) * from;
    const auto height_at = [&](int64_t i) { return reach - std::llabs((2 * i + 1) * to - centre); };
    int64_t first = std::clamp<int64_t>((centre - reach) / (2 * to) - 1, 0, from - 1);
    while (height_at(first) <= 0) ++first;
    std::vector<int64_t> heights;
    for (int64_t i = first; i < from && height_at(i) > 0; ++i) heights.push_back(height_at(i));
    int64_t sum = 0, left = int64_t{1} << kWeightBits;
    for (const int64_t height : heights) sum += height;
    Taps taps{static_cast<int>(first), {}};
    for (const int64_t height : heights) {
      taps.weights.push_back(static_cast<uint32_t>(((height << kWeightBits) + sum / 2) / sum));
      left -= taps.weights.back();
    }
    // What rounding leaves over or lacks, in the middle, so that a plain picture stays as it is.
    *std::ranges::max_element(taps.weights) += static_cast<uint32_t>(left);
    all.push_back(std::move(taps));
  }
  return all;
}

// One row of the region at its new width, in units of 2^-kMiddleBits.
void squeeze(const uint8_t* row, int channels, const std::vector<Taps>& columns, uint16_t* to) {
  for (const Taps& taps : columns) {
    const uint8_t* const first = row + ptrdiff_t{taps.first} * channels;
    for (int channel = 0; channel < channels; ++channel) {
      const uint8_t* from = first + channel;
      uint32_t sum = 1U << (kWeightBits - kMiddleBits - 1);
      for (const uint32_t weight : taps.weights) {
        sum += weight * *from;
        from += channels;
      }
      *to++ = static_cast<uint16_t>(sum >> (kWeightBits - kMiddleBits));
    }
  }
}

}  // namespace

Picture resized(const Picture& picture, const Region& region, int height, int width) {
  check(region.height > 0 && region.width > 0 && height > 0 && width > 0, "resize: nothing to see");
  const int channels = picture.channels;
  Picture result{height, width, channels, {}};
  result.pixels.reserve(static_cast<size_t>(height) * result.stride());
  const auto row = [&](int y) { return picture.row(region.top + y) + ptrdiff_t{region.left} * channels; };
  if (region.height == height && region.width == width) {
    for (int y = 0; y < height; ++y)
      result.pixels.insert(result.pixels.end(), row(y), row(y) + result.stride());
    return result;
  }
  const std::vector<Taps> rows = taps_of(region.height, height), columns = taps_of(region.width, width);
  // A row of the region is squeezed and added to the rows it is part of, which are few and come in order; so
  // no more memory is needed than the result's.
  std::vector<uint16_t> narrow(result.stride());
  std::vector<uint32_t> sums(static_cast<size_t>(height) * result.stride(),
                             1U << (kWeightBits + kMiddleBits - 1));
  size_t oldest = 0;
  for (int y = 0; y < region.height; ++y) {
    squeeze(row(y), channels, columns, narrow.data());
    const auto at = [&](size_t o) { return static_cast<size_t>(y - rows[o].first); };
    while (oldest < rows.size() && at(oldest) >= rows[oldest].weights.size()) ++oldest;
    for (size_t o = oldest; o < rows.size() && rows[o].first <= y; ++o) {
      const uint32_t weight = rows[o].weights[at(o)];
      uint32_t* sum = sums.data() + o * narrow.size();
      for (const uint16_t part : narrow) *sum++ += weight * part;
    }
  }
  for (const uint32_t sum : sums)
    result.pixels.push_back(static_cast<uint8_t>(sum >> (kWeightBits + kMiddleBits)));
  return result;
}

}  // namespace pare
