#include "framework/kernels/normalisation/batch_norm.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "framework/kernels/elementwise/element_type.h"
#include "framework/kernels/elementwise/write_each.h"
#include "framework/parallel/simd.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

constexpr int64_t kTileElements = 512;  // elements of the rows that one inner loop runs over
constexpr int64_t kBlockTiles = 32;     // tiles summed in float before the sum moves on to double

// Few channels would make short inner loops, odd ones loops that do not fill vectors. So all loops run over
// tiles of several rows, and what they need per channel (means, sums, ...) lies in memory once for every row
// of a tile. `size` counts elements, `tile` the elements of a tile.
template <class Body>
inline void over_tiles(int64_t size, int64_t tile, const Body& body) {
  for (int64_t at = 0; at < size; at += tile) body(at, std::min(tile, size - at));
}

// Sums of (x - pivot) and (x - pivot)^2.
template <class T>
void moments_of(const T* __restrict src, const float* __restrict pivot, int64_t size, int64_t tile,
                float* __restrict sum, float* __restrict squares) {
  over_tiles(size, tile, [&](int64_t at, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      const float x = static_cast<float>(src[at + i]) - pivot[i];
      sum[i] += x;
      squares[i] += x * x;
    }
  });
}

// dst = act(src * scale + shift + residual)
template <class T>
void affine(const T* __restrict src, const float* __restrict scale, const float* __restrict shift,
            const T* __restrict residual, T* __restrict dst, int64_t size, int64_t tile, bool relu) {
  const float floor = relu ? 0.0f : -INFINITY;
  if (residual == nullptr) {
    over_tiles(size, tile, [&](int64_t at, int64_t n) {
      write_each(dst + at, n, [&](int64_t i) {
        const float y = static_cast<float>(src[at + i]) * scale[i] + shift[i];
        return y < floor ? floor : y;
      });
    });
    return;
  }
  over_tiles(size, tile, [&](int64_t at, int64_t n) {
    write_each(dst + at, n, [&](int64_t i) {
      const float y =
          static_cast<float>(src[at + i]) * scale[i] + shift[i] + static_cast<float>(residual[at + i]);
      return y < floor ? floor : y;
    });
  });
}

// z = diff_dst where the activation let it pass (dst is null without one).
template <class T>
inline T passed(const T* diff_dst, const T* dst, int64_t i) {
  return kept(static_cast<float>(dst[i]) > 0.0f, diff_dst[i]);
}

// Sums of z and of z (x - mean), z given by gradient(i), a T.
template <class T, class Gradient>
inline void sum_tiles(const Gradient& gradient, const T* __restrict src, const float* __restrict mean,
                      int64_t size, int64_t tile, float* __restrict sum, float* __restrict product) {
  over_tiles(size, tile, [&](int64_t at, int64_t n) {
    for (int64_t i = 0; i < n; ++i) {
      const auto z = static_cast<float>(gradient(at + i));
      sum[i] += z;
      product[i] += z * (static_cast<float>(src[at + i]) - mean[i]);
    }
  });
}
template <class T>
void gradients_of(const T* __restrict diff_dst, const T* __restrict dst, const T* __restrict src,
                  const float* __restrict mean, T* __restrict diff_residual, int64_t size, int64_t tile,
                  float* __restrict sum, float* __restrict product) {
  if (dst == nullptr)
    return sum_tiles([&](int64_t i) { return diff_dst[i]; }, src, mean, size, tile, sum, product);
  if (diff_residual == nullptr)
    return sum_tiles([&](int64_t i) { return passed(diff_dst, dst, i); }, src, mean, size, tile, sum,
                     product);
  for (int64_t i = 0; i < size; ++i) diff_residual[i] = passed(diff_dst, dst, i);
  sum_tiles([&](int64_t i) { return diff_residual[i]; }, src, mean, size, tile, sum, product);
}

// diff_src = a z + b src + k per channel.
template <class T, class Gradient>
inline void source_tiles(const Gradient& gradient, const T* __restrict src, const float* __restrict a,
                         const float* __restrict b, const float* __restrict k, T* __restrict diff_src,
                         int64_t size, int64_t tile) {
  over_tiles(size, tile, [&](int64_t at, int64_t n) {
    write_each(diff_src + at, n, [&](int64_t i) {
      return a[i] * static_cast<float>(gradient(at + i)) + b[i] * static_cast<float>(src[at + i]) + k[i];
    });
  });
}
template <class T>
void source_of(const T* __restrict diff_dst, const T* __restrict dst, const T* __restrict src, const float* a,
               const float* b, const float* k, T* __restrict diff_src, int64_t size, int64_t tile) {
  if (dst == nullptr)
    source_tiles([&](int64_t i) { return diff_dst[i]; }, src, a, b, k, diff_src, size, tile);
  else
    source_tiles([&](int64_t i) { return passed(diff_dst, dst, i); }, src, a, b, k, diff_src, size, tile);
}

struct Rows {
  int64_t rows, channels;
  int64_t tile_rows() const { return std::max<int64_t>(1, kTileElements / std::max<int64_t>(channels, 1)); }
  int64_t tile() const { return tile_rows() * channels; }
  int64_t grain() const { return grain_of_rows(channels); }
  // One number a channel, once for every row of a tile.
  std::vector<float> tiled(const float* values) const {
    std::vector<float> result;
    result.reserve(static_cast<size_t>(tile()));
    for (int64_t r = 0; r < tile_rows(); ++r) result.insert(result.end(), values, values + channels);
    return result;
  }
};
Rows rows_of(const Tensor& src, const Tensor& per_channel) {
  const int64_t channels = src.shape().back();
  check(per_channel.shape() == Shape{channels}, "batch norm: ", per_channel.shape(), " parameters for src ",
        src.shape());
  return {src.size() / std::max<int64_t>(channels, 1), channels};
}

// Adds up two numbers a channel over all rows: blocks in float, blocks and threads in double, in a fixed
// order. block(begin, size, first, second) adds one block's float sums, a tile of them.
template <class Block>
std::pair<std::vector<double>, std::vector<double>> channel_sums(const Rows& r, const Block& block) {
  const int64_t block_rows = kBlockTiles * r.tile_rows(), tile = r.tile();
  const int64_t blocks = (r.rows + block_rows - 1) / block_rows;
  std::vector<double> partial(static_cast<size_t>(blocks * 2 * r.channels), 0.0);
  parallel_ranges(blocks, r.grain() / block_rows + 1, [&](int64_t begin, int64_t end) {
    std::vector<float> sums(static_cast<size_t>(2 * tile));
    for (int64_t i = begin; i < end; ++i) {
      std::fill(sums.begin(), sums.end(), 0.0f);
      block(i * block_rows * r.channels, std::min(block_rows, r.rows - i * block_rows) * r.channels,
            sums.data(), sums.data() + tile);
      double* const both = partial.data() + i * 2 * r.channels;
      for (int64_t row = 0; row < 2 * r.tile_rows(); ++row) {
        double* const total = both + (row < r.tile_rows() ? 0 : r.channels);
        for (int64_t c = 0; c < r.channels; ++c) total[c] += sums[row * r.channels + c];
      }
    }
  });
  std::vector<double> first(r.channels, 0), second(r.channels, 0);
  for (int64_t i = 0; i < blocks; ++i)
    for (int64_t c = 0; c < r.channels; ++c) {
      first[c] += partial[i * 2 * r.channels + c];
      second[c] += partial[(i * 2 + 1) * r.channels + c];
    }
  return {std::move(first), std::move(second)};
}

}  // namespace

BatchNormForward batch_norm_forward(const Tensor& src, const Tensor& gamma, const Tensor& beta, float epsilon,
                                    const Tensor& residual, Activation activation) {
  const Rows r = rows_of(src, gamma);
  check(r.rows > 0, "batch norm: no rows in ", src.shape());
  BatchNormForward result{{}, Tensor({r.channels}), Tensor({r.channels})};
  with_type(src.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const x = src.data<T>();
    // Sums around the first row: cancellation would cost digits where the mean is far from zero.
    std::vector<float> pivot(r.channels);
    for (int64_t c = 0; c < r.channels; ++c) pivot[c] = static_cast<float>(x[c]);
    const std::vector<float> pivots = r.tiled(pivot.data());
    const auto [sums, squares] = channel_sums(r, [&](int64_t at, int64_t size, float* sum, float* square) {
      simd<moments_of<T>>(x + at, pivots.data(), size, r.tile(), sum, square);
    });
    for (int64_t c = 0; c < r.channels; ++c) {
      const double shift = sums[c] / static_cast<double>(r.rows);
      result.mean.data<float>()[c] = static_cast<float>(pivot[c] + shift);
      result.variance.data<float>()[c] =
          static_cast<float>(std::max(0.0, squares[c] / static_cast<double>(r.rows) - shift * shift));
    }
  });
  Tensor scale({r.channels}), shift({r.channels});
  for (int64_t c = 0; c < r.channels; ++c) {
    scale.data<float>()[c] = gamma.data<float>()[c] / std::sqrt(result.variance.data<float>()[c] + epsilon);
    shift.data<float>()[c] = beta.data<float>()[c] - result.mean.data<float>()[c] * scale.data<float>()[c];
  }
  result.dst = scale_shift(src, scale, shift, residual, activation);
  return result;
}

BatchNormGradients batch_norm_backward(const Tensor& diff_dst, const Tensor& dst, const Tensor& src,
                                       const Tensor& gamma, const Tensor& mean, const Tensor& variance,
                                       float epsilon, WithResidual with_residual, Activation activation) {
  const Rows r = rows_of(src, gamma);
  const bool relu = activation == Activation::Relu;
  check(diff_dst.size() == src.size() && (!relu || dst.size() == src.size()), "batch norm: diff_dst ",
        diff_dst.shape(), " for src ", src.shape());
  BatchNormGradients gradients{
      Tensor(src.shape(), src.dtype()), Tensor({r.channels}), Tensor({r.channels}), {}};
  if (with_residual == WithResidual::Yes)
    gradients.residual = relu ? Tensor(src.shape(), src.dtype()) : diff_dst;
  with_type(src.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const dy = diff_dst.data<T>();
    const T* const y = relu ? dst.data<T>() : nullptr;
    const T* const x = src.data<T>();
    T* const dr = with_residual == WithResidual::Yes && relu ? gradients.residual.data<T>() : nullptr;
    const std::vector<float> means = r.tiled(mean.data<float>());
    const auto [sums, products] = channel_sums(r, [&](int64_t at, int64_t size, float* sum, float* product) {
      simd<gradients_of<T>>(dy + at, y ? y + at : nullptr, x + at, means.data(), dr ? dr + at : nullptr, size,
                            r.tile(), sum, product);
    });
    const auto m = static_cast<double>(r.rows);
    std::vector<float> a(r.channels), b(r.channels), k(r.channels);
    for (int64_t c = 0; c < r.channels; ++c) {
      const double inverse = 1 / std::sqrt(static_cast<double>(variance.data<float>()[c]) + epsilon);
      const double diff_gamma = products[c] * inverse;
      const double factor = gamma.data<float>()[c] * inverse;
      gradients.gamma.data<float>()[c] = static_cast<float>(diff_gamma);
      gradients.beta.data<float>()[c] = static_cast<float>(sums[c]);
      a[c] = static_cast<float>(factor);
      b[c] = static_cast<float>(-factor * diff_gamma * inverse / m);
      k[c] = static_cast<float>(-factor * sums[c] / m +
                                factor * diff_gamma * inverse * mean.data<float>()[c] / m);
    }
    a = r.tiled(a.data()), b = r.tiled(b.data()), k = r.tiled(k.data());
    // What the residual's gradient already holds is behind the activation: one tensor less to read.
    const T* const z = dr ? dr : dy;
    const T* const gate = dr ? nullptr : y;
    parallel_ranges(r.rows, r.grain(), [&](int64_t begin, int64_t end) {
      const int64_t at = begin * r.channels;
      simd<source_of<T>>(z + at, gate ? gate + at : nullptr, x + at, a.data(), b.data(), k.data(),
                         gradients.src.data<T>() + at, (end - begin) * r.channels, r.tile());
    });
  });
  return gradients;
}

Tensor scale_shift(const Tensor& src, const Tensor& scale, const Tensor& shift, const Tensor& residual,
                   Activation activation) {
  const Rows r = rows_of(src, scale);
  check(!residual || (residual.size() == src.size() && residual.dtype() == src.dtype()),
        "batch norm: residual ", residual.shape(), " for src ", src.shape());
  Tensor dst(src.shape(), src.dtype());
  const std::vector<float> scales = r.tiled(scale.data<float>()), shifts = r.tiled(shift.data<float>());
  with_type(src.dtype(), [&](auto zero) {
    using T = decltype(zero);
    parallel_ranges(r.rows, r.grain(), [&](int64_t begin, int64_t end) {
      const int64_t at = begin * r.channels;
      simd<affine<T>>(src.data<T>() + at, scales.data(), shifts.data(),
                      residual ? residual.data<T>() + at : nullptr, dst.data<T>() + at,
                      (end - begin) * r.channels, r.tile(), activation == Activation::Relu);
    });
  });
  return dst;
}

}  // namespace pare
