#include "framework/kernels/batch_norm.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "framework/base/threads.h"
#include "framework/kernels/simd.h"

namespace pare {
namespace {

constexpr int64_t kGrainElements = 1 << 15;  // a thread should have at least so many
constexpr int64_t kBlockRows = 256;          // rows summed in float before the sum moves on to double

// One row block: per channel the sums of (x - pivot) and (x - pivot)^2.
template <class T>
inline void moment_sums(const T* src, const float* pivot, int64_t rows, int64_t channels, float* sum,
                        float* squares) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < channels; ++c) {
      const float x = static_cast<float>(src[r * channels + c]) - pivot[c];
      sum[c] += x;
      squares[c] += x * x;
    }
}
PARE_SIMD void moments_of(const float* src, const float* pivot, int64_t rows, int64_t channels, float* sum,
                          float* squares) {
  moment_sums(src, pivot, rows, channels, sum, squares);
}
PARE_SIMD void moments_of(const Bfloat16* src, const float* pivot, int64_t rows, int64_t channels, float* sum,
                          float* squares) {
  moment_sums(src, pivot, rows, channels, sum, squares);
}

// dst = act(src * scale + shift + residual)
template <class T>
inline void affine_rows(const T* src, const float* scale, const float* shift, const T* residual, T* dst,
                        int64_t rows, int64_t channels, bool relu) {
  const float floor = relu ? 0.0f : -INFINITY;
  if (residual == nullptr) {
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < channels; ++c) {
        const int64_t i = r * channels + c;
        const float y = static_cast<float>(src[i]) * scale[c] + shift[c];
        dst[i] = T(y < floor ? floor : y);
      }
    return;
  }
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = r * channels + c;
      const float y = static_cast<float>(src[i]) * scale[c] + shift[c] + static_cast<float>(residual[i]);
      dst[i] = T(y < floor ? floor : y);
    }
}
PARE_SIMD void affine(const float* src, const float* scale, const float* shift, const float* residual,
                      float* dst, int64_t rows, int64_t channels, bool relu) {
  affine_rows(src, scale, shift, residual, dst, rows, channels, relu);
}
PARE_SIMD void affine(const Bfloat16* src, const float* scale, const float* shift, const Bfloat16* residual,
                      Bfloat16* dst, int64_t rows, int64_t channels, bool relu) {
  affine_rows(src, scale, shift, residual, dst, rows, channels, relu);
}

// z = diff_dst where the activation let it pass; sums of z and of z (x - mean); z is kept in diff_residual if
// wanted.
template <class T>
inline void gradient_sums(const T* diff_dst, const T* dst, const T* src, const float* mean, T* diff_residual,
                          int64_t rows, int64_t channels, bool relu, float* sum, float* product) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = r * channels + c;
      const float z = !relu || static_cast<float>(dst[i]) > 0.0f ? static_cast<float>(diff_dst[i]) : 0.0f;
      if (diff_residual != nullptr) diff_residual[i] = T(z);
      sum[c] += z;
      product[c] += z * (static_cast<float>(src[i]) - mean[c]);
    }
}
PARE_SIMD void gradients_of(const float* diff_dst, const float* dst, const float* src, const float* mean,
                            float* diff_residual, int64_t rows, int64_t channels, bool relu, float* sum,
                            float* product) {
  gradient_sums(diff_dst, dst, src, mean, diff_residual, rows, channels, relu, sum, product);
}
PARE_SIMD void gradients_of(const Bfloat16* diff_dst, const Bfloat16* dst, const Bfloat16* src,
                            const float* mean, Bfloat16* diff_residual, int64_t rows, int64_t channels,
                            bool relu, float* sum, float* product) {
  gradient_sums(diff_dst, dst, src, mean, diff_residual, rows, channels, relu, sum, product);
}

// diff_src = a z + b src + c per channel.
template <class T>
inline void source_rows(const T* diff_dst, const T* dst, const T* src, const float* a, const float* b,
                        const float* k, T* diff_src, int64_t rows, int64_t channels, bool relu) {
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < channels; ++c) {
      const int64_t i = r * channels + c;
      const float z = !relu || static_cast<float>(dst[i]) > 0.0f ? static_cast<float>(diff_dst[i]) : 0.0f;
      diff_src[i] = T(a[c] * z + b[c] * static_cast<float>(src[i]) + k[c]);
    }
}
PARE_SIMD void source_of(const float* diff_dst, const float* dst, const float* src, const float* a,
                         const float* b, const float* k, float* diff_src, int64_t rows, int64_t channels,
                         bool relu) {
  source_rows(diff_dst, dst, src, a, b, k, diff_src, rows, channels, relu);
}
PARE_SIMD void source_of(const Bfloat16* diff_dst, const Bfloat16* dst, const Bfloat16* src, const float* a,
                         const float* b, const float* k, Bfloat16* diff_src, int64_t rows, int64_t channels,
                         bool relu) {
  source_rows(diff_dst, dst, src, a, b, k, diff_src, rows, channels, relu);
}

struct Rows {
  int64_t rows, channels;
  int64_t grain() const { return kGrainElements / std::max<int64_t>(channels, 1) + 1; }
};
Rows rows_of(const Tensor& src, const Tensor& per_channel) {
  const int64_t channels = src.shape().back();
  check(per_channel.shape() == Shape{channels}, "batch norm: ", per_channel.shape(), " parameters for src ",
        src.shape());
  return {src.size() / std::max<int64_t>(channels, 1), channels};
}

// Adds up two numbers a channel over all rows: blocks in float, blocks and threads in double, in a fixed
// order. block(begin, rows, first, second) adds one block's float sums.
template <class Block>
std::pair<std::vector<double>, std::vector<double>> channel_sums(const Rows& r, const Block& block) {
  const int64_t blocks = (r.rows + kBlockRows - 1) / kBlockRows;
  std::vector<float> partial(static_cast<size_t>(blocks * 2 * r.channels), 0.0f);
  parallel_ranges(blocks, r.grain() / kBlockRows + 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      float* const first = partial.data() + i * 2 * r.channels;
      block(i * kBlockRows, std::min(kBlockRows, r.rows - i * kBlockRows), first, first + r.channels);
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

// Calls body(T{}) with the tensor's element type.
template <class Body>
void with_type(DType dtype, const Body& body) {
  if (dtype == DType::F32)
    body(float{});
  else
    body(Bfloat16{});
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
    const auto [sums, squares] = channel_sums(r, [&](int64_t row, int64_t rows, float* sum, float* square) {
      moments_of(x + row * r.channels, pivot.data(), rows, r.channels, sum, square);
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
    const auto [sums, products] = channel_sums(r, [&](int64_t row, int64_t rows, float* sum, float* product) {
      const int64_t at = row * r.channels;
      gradients_of(dy + at, relu ? y + at : nullptr, x + at, mean.data<float>(), dr ? dr + at : nullptr, rows,
                   r.channels, relu, sum, product);
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
    parallel_ranges(r.rows, r.grain(), [&](int64_t begin, int64_t end) {
      const int64_t at = begin * r.channels;
      source_of(dy + at, relu ? y + at : nullptr, x + at, a.data(), b.data(), k.data(),
                gradients.src.data<T>() + at, end - begin, r.channels, relu);
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
  with_type(src.dtype(), [&](auto zero) {
    using T = decltype(zero);
    parallel_ranges(r.rows, r.grain(), [&](int64_t begin, int64_t end) {
      const int64_t at = begin * r.channels;
      affine(src.data<T>() + at, scale.data<float>(), shift.data<float>(),
             residual ? residual.data<T>() + at : nullptr, dst.data<T>() + at, end - begin, r.channels,
             activation == Activation::Relu);
    });
  });
  return dst;
}

}  // namespace pare
