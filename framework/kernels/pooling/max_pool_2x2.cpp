#include "framework/kernels/pooling/max_pool_2x2.h"

#include <algorithm>
#include <limits>

#include "framework/kernels/elementwise/element_type.h"
#include "framework/parallel/simd.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

constexpr int kSize = 2, kPixels = kSize * kSize;

// The windows of one row of the output. Offsets count numbers from a window's first one.
struct Row {
  int64_t windows, step, channels;  // each window begins `step` numbers behind the one before
  int64_t offsets[kPixels];         // of its pixels

  Row(const Shape& src, const Shape& dst)
      : windows(dst[2]),
        step(kSize * src[3]),
        channels(src[3]),
        offsets{0, channels, src[2] * channels, (src[2] + 1) * channels} {}
};

// Calls block(i, lanes) such that each of a window's channels is one of [i, i + lanes) of some block, a
// vector mostly. The last block overlaps the one before. Where there are fewer channels than lanes, it takes
// numbers behind them along: those of later windows, which will be overwritten, as long as there are enough
// of them.
template <int kLanes, class Block>
inline void blocks_of(int64_t channels, const Block& block) {
  for (int64_t i = 0; i < channels; i += kLanes) block(std::min(i, channels - kLanes), kLanes);
}
template <class Block>
inline void in_blocks(const Row& row, int64_t window, const Block& block) {
  constexpr int kLanes = 16, kFewLanes = 8;
  const int64_t channels = row.channels, left = (row.windows - window) * channels;
  if (channels >= kLanes) return blocks_of<kLanes>(channels, block);
  if (channels > kFewLanes && left >= kLanes) return block(int64_t{0}, kLanes);
  if (channels >= kFewLanes) return blocks_of<kFewLanes>(channels, block);
  if (left >= kFewLanes) return block(int64_t{0}, kFewLanes);
  block(int64_t{0}, static_cast<int>(channels));
}

// What numbers are compared by, and the way back. bf16's, as integers, without being widened: in negative
// ones all bits below the sign are turned over, so that larger numbers are larger integers. Any NaN is more
// than any number, so that divergence is seen: negative ones, the least of these integers, become the largest
// when their number is taken from all.
inline float ordered(float value) { return value; }
inline int16_t turned(int16_t bits) { return static_cast<int16_t>(bits ^ ((bits >> 15) & 0x7FFF)); }
constexpr int kNegativeNaNs = 0x7F;
inline int16_t ordered(Bfloat16 value) {
  return static_cast<int16_t>(turned(static_cast<int16_t>(value.bits)) - kNegativeNaNs);
}
// `best` of these four, as it is stored. Of floats NaN is never the larger one, so it is asked for here, two
// numbers at a time.
inline float value_of(float best, float a, float b, float c, float d) {
  const float here = __builtin_isunordered(a, b) ? std::numeric_limits<float>::quiet_NaN() : best;
  return __builtin_isunordered(c, d) ? std::numeric_limits<float>::quiet_NaN() : here;
}
inline Bfloat16 value_of(int16_t best, Bfloat16, Bfloat16, Bfloat16, Bfloat16) {
  Bfloat16 value;
  value.bits = static_cast<uint16_t>(turned(static_cast<int16_t>(best + kNegativeNaNs)));
  return value;
}

template <class T>
void row_forward(const T* __restrict src, const Row& row, T* __restrict dst, Bfloat16* __restrict winners) {
  const Row r = row;
  for (int64_t window = 0; window < r.windows;
       ++window, src += r.step, dst += r.channels, winners += r.channels)
    in_blocks(r, window, [&](int64_t first, int lanes) {
#pragma GCC ivdep
      for (int64_t c = first; c < first + lanes; ++c) {
        auto best = ordered(src[c]);
        int32_t winner = 0;
#pragma GCC unroll 4
        for (int32_t p = 1; p < kPixels; ++p) {
          const auto other = ordered(src[r.offsets[p] + c]);
          const bool larger = other > best;
          winner = larger ? p : winner;
          best = larger ? other : best;
        }
        dst[c] = value_of(best, src[c], src[r.offsets[1] + c], src[r.offsets[2] + c], src[r.offsets[3] + c]);
        winners[c].bits = static_cast<uint16_t>(winner);
      }
    });
}

template <class T>
void row_backward(const T* __restrict diff_dst, const Bfloat16* __restrict winners, const Row& row,
                  T* __restrict diff_src) {
  const Row r = row;
  for (uint16_t y = 0; y < kSize; ++y) {  // a row of pixels behind the other
    T* to = diff_src + r.offsets[y * kSize];
    const T* dy = diff_dst;
    const Bfloat16* winner = winners;
    for (int64_t window = 0; window < r.windows;
         ++window, to += r.step, dy += r.channels, winner += r.channels)
#pragma GCC unroll 2
      for (uint16_t x = 0; x < kSize; ++x) {
        const auto pixel = static_cast<uint16_t>(y * kSize + x);
        in_blocks(r, window, [&](int64_t first, int lanes) {
#pragma GCC ivdep
#pragma GCC unroll 1
          for (int64_t c = first; c < first + lanes; ++c)
            to[x * r.channels + c] = kept(winner[c].bits == pixel, dy[c]);
        });
      }
  }
}

// Calls body(offset of a row's first window in src, offset of its output in dst) for all rows of windows. A
// window costs about ten operations a number.
template <class Body>
void for_rows(const Shape& src, const Shape& dst, const Body& body) {
  parallel_ranges(src[0], grain_of_rows(10 * src.row()), [&](int64_t begin, int64_t end) {
    for (int64_t image = begin; image < end; ++image)
      for (int64_t y = 0; y < dst[1]; ++y)
        body(image * src.row() + y * kSize * src[2] * src[3], image * dst.row() + y * dst[2] * dst[3]);
  });
}

}  // namespace

bool is_max_pool_2x2(PoolKind kind, const PoolGeometry& g) {
  return kind == PoolKind::Max && g.size == kSize && g.stride == kSize && g.padding == 0;
}

Tensor max_pool_2x2_forward(const Tensor& src, Tensor& dst) {
  const Row row(src.shape(), dst.shape());
  Tensor winners(dst.shape(), DType::BF16);
  with_type(src.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_rows(src.shape(), dst.shape(), [&](int64_t from, int64_t to) {
      simd<row_forward<T>>(src.data<T>() + from, row, dst.data<T>() + to, winners.data<Bfloat16>() + to);
    });
  });
  return winners;
}

void max_pool_2x2_backward(const Tensor& diff_dst, const Tensor& winners, Tensor& diff_src) {
  const Shape &src = diff_src.shape(), &dst = diff_dst.shape();
  if (dst[1] * kSize != src[1] || dst[2] * kSize != src[2])  // pixels are left over
    diff_src = Tensor::zeros(src, diff_src.dtype());
  const Row row(src, dst);
  with_type(diff_dst.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_rows(src, dst, [&](int64_t to, int64_t from) {
      simd<row_backward<T>>(diff_dst.data<T>() + from, winners.data<Bfloat16>() + from, row,
                            diff_src.data<T>() + to);
    });
  });
}

}  // namespace pare
