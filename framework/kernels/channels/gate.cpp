#include "framework/kernels/channels/gate.h"

#include <algorithm>
#include <vector>

#include "framework/kernels/elementwise/element_type.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

constexpr int64_t kBlockRows = 256;  // rows summed in float before the sum moves on to double

struct Extents {
  int64_t rows, src_channels, channels;
  int64_t grain() const { return grain_of_rows(channels); }
};

Extents extents_of(const Tensor& src, const Tensor& gate, std::span<const int> from) {
  const int64_t channels = src.shape().back();
  check(gate.size() == static_cast<int64_t>(from.size()) && src.dtype() == gate.dtype(),
        "gate: ", gate.shape(), " for ", from.size(), " channels of src ", src.shape());
  return {src.size() / channels, channels, gate.size()};
}

}  // namespace

Tensor gate_forward(const Tensor& src, const Tensor& gate, std::span<const int> from) {
  const Extents e = extents_of(src, gate, from);
  Shape shape = src.shape();
  shape[shape.rank() - 1] = e.channels;
  Tensor dst(shape, src.dtype());
  with_type(src.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const g = gate.data<T>();
    parallel_ranges(e.rows, e.grain(), [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const T* const x = src.data<T>() + r * e.src_channels;
        T* const y = dst.data<T>() + r * e.channels;
        for (int64_t c = 0; c < e.channels; ++c)
          y[c] = T(static_cast<float>(x[from[c]]) * static_cast<float>(g[c]));
      }
    });
  });
  return dst;
}

// d gate_c = sum over rows of dy x; dx = gate_c dy.
GateGradients gate_backward(const Tensor& diff_dst, const Tensor& src, const Tensor& gate,
                            std::span<const int> from) {
  const Extents e = extents_of(src, gate, from);
  GateGradients gradients{Tensor(src.shape(), src.dtype()), Tensor::zeros(gate.shape())};
  const int64_t blocks = (e.rows + kBlockRows - 1) / kBlockRows;
  std::vector<float> partial(static_cast<size_t>(blocks * e.channels), 0.0f);
  with_type(src.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* const g = gate.data<T>();
    parallel_ranges(blocks, e.grain() / kBlockRows + 1, [&](int64_t begin, int64_t end) {
      for (int64_t block = begin; block < end; ++block) {
        float* const sums = partial.data() + block * e.channels;
        for (int64_t r = block * kBlockRows; r < std::min(e.rows, (block + 1) * kBlockRows); ++r) {
          const T* const dy = diff_dst.data<T>() + r * e.channels;
          const T* const x = src.data<T>() + r * e.src_channels;
          T* const dx = gradients.src.template data<T>() + r * e.src_channels;
          std::fill_n(dx, e.src_channels, T(0.0f));
          for (int64_t c = 0; c < e.channels; ++c) {
            sums[c] += static_cast<float>(dy[c]) * static_cast<float>(x[from[c]]);
            dx[from[c]] = T(static_cast<float>(dy[c]) * static_cast<float>(g[c]));
          }
        }
      }
    });
  });
  for (int64_t c = 0; c < e.channels; ++c) {
    double sum = 0;
    for (int64_t block = 0; block < blocks; ++block) sum += partial[block * e.channels + c];
    gradients.gate.data<float>()[c] = static_cast<float>(sum);
  }
  return gradients;
}

}  // namespace pare
