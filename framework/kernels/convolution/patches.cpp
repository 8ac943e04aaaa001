#include "framework/kernels/convolution/patches.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "framework/parallel/simd.h"

namespace pare {
namespace {

constexpr int64_t kMostChannels = 4, kLargestPatch = 128;
constexpr int kShortRun = 8, kLongRun = 16;  // numbers that a row of a kernel is copied as

int64_t numbers_in_patch(const Shape& weights) { return weights.row() + weights.row() % 2; }

// Of which numbers patches are made: `rows` runs, each `to_next_row` behind the last one, and the next patch
// `to_next_patch` further on.
struct Patch {
  int64_t rows, run, size;
  int64_t to_next_row, to_next_patch;
};

// Copies more than a run, which is fast because it is always the same; the next run overwrites what is too
// much. `to` and `from` have room for that.
template <int kCopied>
void gather(const Bfloat16* from, const Patch& patch, int64_t count, Bfloat16* to) {
  const Patch p = patch;
  for (int64_t i = 0; i < count; ++i, from += p.to_next_patch, to += p.size) {
    for (int64_t row = 0; row < p.rows; ++row)
      std::memcpy(to + row * p.run, from + row * p.to_next_row, kCopied * sizeof(Bfloat16));
    if (p.size > p.rows * p.run) to[p.size - 1].bits = 0;
  }
}

// Writes image `n` between the zeros of its padding.
void pad(const Tensor& src, int64_t n, const PerAxis& padding, std::vector<Bfloat16>& padded) {
  const Shape& s = src.shape();
  const int64_t row = s[2] * s[3], padded_row = row + 2 * padding.width * s[3];
  for (int64_t y = 0; y < s[1]; ++y)
    std::copy_n(src.data<Bfloat16>() + (n * s[1] + y) * row, row,
                padded.begin() + (y + padding.height) * padded_row + padding.width * s[3]);
}

}  // namespace

bool use_patches(const Shape& weights, DType dtype, const Conv2dGeometry& g) {
  return dtype == DType::BF16 && weights[3] <= kMostChannels && weights.row() <= kLargestPatch &&
         weights[2] * weights[3] <= kLongRun && weights[1] > 1 && g.groups == 1 && g.dilation == 1;
}

int64_t images_of_patches(const Shape& weights, const Shape& dst) {
  constexpr int64_t kNumbers = 1 << 18;  // half a megabyte
  return std::max<int64_t>(kNumbers / (dst[1] * dst[2] * numbers_in_patch(weights)), 1);
}

Tensor patches(const Tensor& src, int64_t begin, int64_t end, const Shape& weights, const Shape& dst,
               const Conv2dGeometry& g) {
  const Shape& s = src.shape();
  const int64_t padded_row = (s[2] + 2 * g.padding.width) * s[3];
  const Patch patch{weights[1], weights[2] * s[3], numbers_in_patch(weights), padded_row,
                    g.stride.width * s[3]};
  const int64_t row = dst[2] * patch.size;
  Tensor result({end - begin, dst[1], dst[2], patch.size}, DType::BF16);
  std::vector<Bfloat16> padded(static_cast<size_t>((s[1] + 2 * g.padding.height) * padded_row + kLongRun));
  std::vector<Bfloat16> line(static_cast<size_t>(row + kLongRun));
  auto* to = result.data<Bfloat16>();
  for (int64_t n = begin; n < end; ++n) {
    pad(src, n, g.padding, padded);
    for (int64_t y = 0; y < dst[1]; ++y, to += row) {
      const Bfloat16* const from = padded.data() + y * g.stride.height * padded_row;
      if (patch.run <= kShortRun)
        simd<gather<kShortRun>>(from, patch, dst[2], line.data());
      else
        simd<gather<kLongRun>>(from, patch, dst[2], line.data());
      std::copy_n(line.begin(), row, to);
    }
  }
  return result;
}

Tensor weights_of_patches(const Tensor& weights) {
  const Shape& w = weights.shape();
  const int64_t patch = numbers_in_patch(w);
  Tensor result = Tensor::zeros({w[0], 1, 1, patch}, DType::BF16);
  for (int64_t o = 0; o < w[0]; ++o)
    std::copy_n(weights.data<Bfloat16>() + o * w.row(), w.row(), result.data<Bfloat16>() + o * patch);
  return result;
}

}  // namespace pare
