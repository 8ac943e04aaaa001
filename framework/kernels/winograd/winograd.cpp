#include "framework/kernels/winograd/winograd.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <type_traits>

#include "framework/kernels/elementwise/element_type.h"
#include "framework/kernels/elementwise/elementwise.h"
#include "framework/kernels/product/matrix_stack.h"
#include "framework/kernels/winograd/winograd_transform.h"
#include "framework/parallel/context.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

constexpr int kSide = Winograd<3>::kOutputs;  // of a tile, and the same for 5 taps
constexpr int64_t kFewestTiles = 32;          // that pay for the transform of the kernels
constexpr int64_t kFewestInPart = 32;         // tiles of a part, which are rows of its products

// What the operands of products are rounded to where tensors hold T. In bf16 that costs 1 % of the result
// (root mean square) with 3 taps and would cost 4 % with 5, whose operands stay f32.
template <int kTaps, class T>
using Operand = std::conditional_t<kTaps == 3, T, float>;

// Tiles that are multiplied at once: enough rows for the products, few enough to stay in the cache.
template <int kTaps, class T>
constexpr int64_t kTilesAtOnce = 256 / sizeof(Operand<kTaps, T>);

// A tile's numbers of all places lie together, so that transforms write and read one stretch of memory.
constexpr auto kKernels = MatrixStack::Order::ByMatrix, kTiles = MatrixStack::Order::ByRow;

int64_t tiles_along(int64_t outputs) { return (outputs + kSide - 1) / kSide; }
int64_t tiles_of_image(const Shape& dst) { return tiles_along(dst[1]) * tiles_along(dst[2]); }

// Columns of the products: where there are fewer channels than lanes, the rest is zero, or not used.
int64_t columns_of(int64_t channels) { return std::max<int64_t>(channels, kWinogradLanes); }

// Images whose tiles are multiplied at once, and the part they belong to.
struct Group {
  int64_t first, count, part;
  bool begins_part;
};

// Parts of at least so many tiles, in whole images.
Parts parts_of(const Shape& dst, int64_t fewest_tiles) {
  const int64_t tiles = tiles_of_image(dst);
  return {dst[0], (fewest_tiles + tiles - 1) / tiles};
}

// The same where each part has sums of its own for all weights, which have to be written and read once more:
// parts large enough for that to cost little, but up to four where there are few tiles.
Parts parts_with_sums(const Shape& dst) {
  constexpr int64_t kFewest = 100, kEnough = 240;
  return parts_of(dst, std::clamp(dst[0] * tiles_of_image(dst) / 4, kFewest, kEnough));
}

// Calls body(group) until all images are done. Groups go from pixels to pixels, so that their tiles stay in
// the cache. Of a single image it is the products that are shared out.
template <class Body>
void over_groups(const Shape& dst, const Parts& parts, int64_t tiles_at_once, const Body& body) {
  if (dst[0] == 1) return body(Group{0, 1, 0, true});
  const int64_t at_once = std::max<int64_t>(tiles_at_once / tiles_of_image(dst), 1);
  parallel(parts, [&](int64_t index, IndexRange part) {
    const int64_t groups = (part.size() + at_once - 1) / at_once;
    for (int64_t i = 0; i < groups; ++i) {
      const int64_t first = part.begin + part.size() * i / groups,
                    next = part.begin + part.size() * (i + 1) / groups;
      body(Group{first, next - first, index, i == 0});
    }
  });
}

// One tile: where its outputs begin in which image, and its row among its group's.
struct Tile {
  int64_t image, y, x, row;
};

// Calls body(tile) on every tile of a group.
template <class Body>
void over_tiles(const Shape& dst, const Group& group, const Body& body) {
  int64_t row = 0;
  for (int64_t image = group.first; image < group.first + group.count; ++image)
    for (int64_t y = 0; y < dst[1]; y += kSide)
      for (int64_t x = 0; x < dst[2]; x += kSide) body(Tile{image, y, x, row++});
}

// Pointers to the kExtent x kExtent pixels from (y, x) on; `outside` for those that lie beyond the image.
template <int kExtent, class T>
void find_pixels(T* images, const Shape& shape, int64_t image, int64_t y, int64_t x, T* outside, T** pixels) {
  T* const origin = images + image * shape[1] * shape[2] * shape[3];
  for (int64_t i = y; i < y + kExtent; ++i)
    for (int64_t j = x; j < x + kExtent; ++j) {
      const bool inside = i >= 0 && i < shape[1] && j >= 0 && j < shape[2];
      *pixels++ = inside ? origin + (i * shape[2] + j) * shape[3] : outside;
    }
}

// Pointers to a tile's row in each matrix of a stack.
template <class Stack, class T>
void find_places(Stack& stack, int64_t row, T** places) {
  T* at = stack.template at<std::remove_const_t<T>>(row);
  for (int64_t k = 0; k < stack.count; ++k, at += stack.to_next) places[k] = at;
}

// Matrices of (out, in) for what goes back, of (in, out) for what goes forward.
enum class Direction { Forward, Back };

template <int kTaps, class T>
MatrixStack transformed_kernels(const Tensor& weights, Direction direction) {
  constexpr int kCount = kTaps * kTaps;
  const int64_t out = weights.shape()[0], in = weights.shape()[3];
  const bool back = direction == Direction::Back;
  const Tensor source = back ? weights : transposed(weights);  // (out, taps, in) or (taps, in, out)
  const int64_t rows = back ? out : in, channels = back ? in : out;
  const int64_t to_row = back ? kCount * in : out, to_tap = back ? in : in * out;
  MatrixStack kernels(Winograd<kTaps>::kPlaces, rows, columns_of(channels), kKernels,
                      dtype_of<Operand<kTaps, T>>());
  parallel_ranges(rows, kWinogradLanes, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const T* taps[kCount];
      Operand<kTaps, T>* places[Winograd<kTaps>::kPlaces];
      for (int t = 0; t < kCount; ++t) taps[t] = source.data<T>() + row * to_row + t * to_tap;
      find_places(kernels, row, places);
      simd<transform_kernel<kTaps, T, Operand<kTaps, T>>>(taps, places, channels);
    }
  });
  return kernels;
}

// From the sums of each part. The way back is linear, so they are added up behind it, where there are a
// quarter as many numbers, and while they are in the cache.
template <int kTaps>
Tensor gradient_of_kernels(const std::vector<MatrixStack>& sums, int64_t in) {
  constexpr int64_t kCount = kTaps * kTaps;
  const int64_t out = sums.front().rows;
  Tensor weights(Shape{out, kTaps, kTaps, in});
  parallel_ranges(out, kWinogradLanes, [&](int64_t begin, int64_t end) {
    std::vector<Tensor> parts(sums.size());
    for (Tensor& part : parts) part = Tensor(Shape{kCount * in});
    for (int64_t o = begin; o < end; ++o) {
      for (size_t i = 0; i < sums.size(); ++i) {
        float* taps[kCount];
        const float* places[Winograd<kTaps>::kPlaces];
        for (int64_t t = 0; t < kCount; ++t) taps[t] = parts[i].data<float>() + t * in;
        find_places(sums[i], o, places);
        simd<transform_kernel_gradient<kTaps>>(places, taps, in);
      }
      const Tensor total = sum_of(parts);
      std::copy_n(total.data<float>(), total.size(), weights.data<float>() + o * total.size());
    }
  });
  return weights;
}

template <int kTaps, class T>
MatrixStack transformed_inputs(const Tensor& src, const Shape& dst, int padding, const Group& group) {
  const int64_t channels = src.shape()[3];
  MatrixStack inputs(Winograd<kTaps>::kPlaces, group.count * tiles_of_image(dst), columns_of(channels),
                     kTiles, dtype_of<Operand<kTaps, T>>());
  const Tensor outside = Tensor::zeros({channels}, src.dtype());
  over_tiles(dst, group, [&](const Tile& tile) {
    const T* pixels[Winograd<kTaps>::kPlaces];
    Operand<kTaps, T>* places[Winograd<kTaps>::kPlaces];
    find_pixels<Winograd<kTaps>::kInputs>(src.data<T>(), src.shape(), tile.image, tile.y - padding,
                                          tile.x - padding, outside.data<T>(), pixels);
    find_places(inputs, tile.row, places);
    simd<transform_input<kTaps, T, Operand<kTaps, T>>>(pixels, places, channels);
  });
  return inputs;
}

// Tiles overlap: what they bring to a pixel is added up, in f32, while the group's images are in the cache.
template <int kTaps, class T>
void write_gradient_of_inputs(const MatrixStack& inputs, const Shape& dst, int padding, const Group& group,
                              Tensor& diff_src) {
  const Shape& src = diff_src.shape();
  const int64_t count = group.count * src.row();
  T* const images = diff_src.data<T>() + group.first * src.row();
  Tensor wide, outside(Shape{src[3]});
  float* sums = nullptr;
  if constexpr (std::is_same_v<T, float>) {
    sums = images;
  } else {
    wide = Tensor(Shape{count});
    sums = wide.data<float>();
  }
  std::fill_n(sums, count, 0.0f);
  over_tiles(dst, group, [&](const Tile& tile) {
    float* pixels[Winograd<kTaps>::kPlaces];
    const float* places[Winograd<kTaps>::kPlaces];
    find_pixels<Winograd<kTaps>::kInputs>(sums, src, tile.image - group.first, tile.y - padding,
                                          tile.x - padding, outside.data<float>(), pixels);
    find_places(inputs, tile.row, places);
    simd<add_input_gradient<kTaps>>(places, pixels, src[3]);
  });
  if constexpr (!std::is_same_v<T, float>) narrow(sums, images, count);
}

template <int kTaps, class T>
void write_outputs(const MatrixStack& outputs, const Tensor& bias, Activation activation, const Group& group,
                   Tensor& dst) {
  const int64_t channels = dst.shape()[3];
  const Tensor each_bias = bias ? bias : Tensor::zeros({channels});
  const float floor = activation == Activation::Relu ? 0.0f : -INFINITY;
  Tensor outside(Shape{channels}, dst.dtype());
  over_tiles(dst.shape(), group, [&](const Tile& tile) {
    T* pixels[kSide * kSide];
    const float* places[Winograd<kTaps>::kPlaces];
    find_pixels<kSide>(dst.data<T>(), dst.shape(), tile.image, tile.y, tile.x, outside.data<T>(), pixels);
    find_places(outputs, tile.row, places);
    simd<transform_output<kTaps, T>>(places, pixels, each_bias.data<float>(), floor, channels);
  });
}

template <int kTaps, class T>
MatrixStack gradient_of_outputs(const Tensor& diff_dst, const Group& group) {
  const Shape& dst = diff_dst.shape();
  MatrixStack outputs(Winograd<kTaps>::kPlaces, group.count * tiles_of_image(dst), columns_of(dst[3]), kTiles,
                      dtype_of<Operand<kTaps, T>>());
  const Tensor outside = Tensor::zeros({dst[3]}, diff_dst.dtype());
  over_tiles(dst, group, [&](const Tile& tile) {
    const T* pixels[kSide * kSide];
    Operand<kTaps, T>* places[Winograd<kTaps>::kPlaces];
    find_pixels<kSide>(diff_dst.data<T>(), dst, tile.image, tile.y, tile.x, outside.data<T>(), pixels);
    find_places(outputs, tile.row, places);
    simd<transform_output_gradient<kTaps, T, Operand<kTaps, T>>>(pixels, places, dst[3]);
  });
  return outputs;
}

template <int kTaps, class T>
Tensor forward(const Tensor& src, const Tensor& weights, const Tensor& bias, const Shape& dst_shape,
               int padding, Activation activation) {
  const MatrixStack kernels = transformed_kernels<kTaps, T>(weights, Direction::Forward);
  Tensor dst(dst_shape, src.dtype());
  over_groups(dst_shape, parts_of(dst_shape, kFewestInPart), kTilesAtOnce<kTaps, T>, [&](const Group& group) {
    const MatrixStack inputs = transformed_inputs<kTaps, T>(src, dst_shape, padding, group);
    MatrixStack outputs(kernels.count, inputs.rows, kernels.columns, kTiles);
    multiply(inputs, Transpose::No, kernels, outputs);
    write_outputs<kTaps, T>(outputs, bias, activation, group, dst);
  });
  return dst;
}

// Both gradients begin with the transform of diff_dst, so they share it.
template <int kTaps, class T>
ConvolutionGradients backward(const Tensor& diff_dst, const ConvolutionOperand& src,
                              const ConvolutionOperand& weights, int padding) {
  const Shape& dst = diff_dst.shape();
  const int64_t out = dst[3], in = src.shape[3];
  constexpr int kPlaces = Winograd<kTaps>::kPlaces;
  ConvolutionGradients gradients;
  std::optional<MatrixStack> kernels;
  if (weights.numbers) {
    kernels = transformed_kernels<kTaps, T>(weights.numbers, Direction::Back);
    gradients.src = Tensor(src.shape, diff_dst.dtype());
  }
  const Parts parts = src.numbers ? parts_with_sums(dst) : parts_of(dst, kFewestInPart);
  std::vector<MatrixStack> sums;
  for (int64_t i = 0; src.numbers && i < parts.size(); ++i)
    sums.emplace_back(kPlaces, out, columns_of(in), kKernels, Tensor());
  over_groups(dst, parts, kTilesAtOnce<kTaps, T>, [&](const Group& group) {
    const MatrixStack outputs = gradient_of_outputs<kTaps, T>(diff_dst, group);
    if (kernels) {
      MatrixStack inputs(kPlaces, outputs.rows, columns_of(in), kTiles);
      multiply(outputs, Transpose::No, *kernels, inputs);
      write_gradient_of_inputs<kTaps, T>(inputs, dst, padding, group, gradients.src);
    }
    if (src.numbers) {
      const MatrixStack inputs = transformed_inputs<kTaps, T>(src.numbers, dst, padding, group);
      MatrixStack& sum = sums[static_cast<size_t>(group.part)];
      if (group.begins_part) sum.numbers = Tensor(Shape{kPlaces * out * columns_of(in)});
      multiply(outputs, Transpose::Yes, inputs, sum, group.begins_part ? Accumulate::No : Accumulate::Yes);
    }
  });
  if (src.numbers) gradients.parameters.weights = gradient_of_kernels<kTaps>(sums, in);
  return gradients;
}

// So many channels, as vectors of 16 hold them.
int64_t whole_vectors(int64_t channels) { return (channels + 15) / 16 * 16; }

// body.operator()<taps, element type>() for a kernel's size and a tensor's data type.
template <class Body>
void with_kernel(const Shape& weights, DType dtype, const Body& body) {
  check(dtype == DType::F32 || std::min(weights[0], weights[3]) >= kWinogradLanes, "winograd: weights ",
        weights, " have fewer channels than ", kWinogradLanes, ", which bf16 has no transforms for");
  with_type(dtype, [&](auto element) {
    using T = decltype(element);
    weights[1] == 3 ? body.template operator()<3, T>() : body.template operator()<5, T>();
  });
}

}  // namespace

bool use_winograd(const Shape& src, const Shape& weights, const Shape& dst, DType dtype,
                  const Conv2dGeometry& g) {
  const int64_t taps = weights[1] * weights[2], in = src[3], out = dst[3];
  const bool square = weights[1] == weights[2] && (taps == 9 || taps == 25) && g.padding.is_square();
  if (!Context::current().winograd() || !square || g.stride != 1 || g.dilation != 1 || g.groups != 1)
    return false;
  // Few tiles do not pay for the kernel's transform, nor tiles that hang over the edge.
  const int64_t tiles = tiles_of_image(dst),
                products = tiles * (weights[1] + kSide - 1) * (weights[2] + kSide - 1);
  if (dst[0] * tiles < kFewestTiles || 2 * products > dst[1] * dst[2] * taps) return false;
  // The rest is measured. The direct kernels' time grows with every channel that goes in, and with whole
  // vectors of those that come out; few come in only from images, which need no gradient.
  if (dtype == DType::F32) return in >= 4 && 8 * in + out >= (taps == 9 ? 80 : 56);
  // In bf16 the direct kernels are twice as fast, at whole vectors of channels on either side. They work in
  // proportion to those, Winograd's transforms to the channels that there are.
  const int64_t direct = whole_vectors(in) * whole_vectors(out) * taps;
  return std::min(in, out) >= kWinogradLanes && direct >= (taps == 9 ? 96 : 206) * (in + out);
}

Tensor winograd_forward(const Tensor& src, const Tensor& weights, const Tensor& bias, const Shape& dst_shape,
                        int padding, Activation activation) {
  Tensor dst;
  with_kernel(weights.shape(), src.dtype(), [&]<int kTaps, class T>() {
    dst = forward<kTaps, T>(src, weights, bias, dst_shape, padding, activation);
  });
  return dst;
}

// forward: Y = A^T [(G w G^T) * (B^T x B)] A; so dx and dw go back through the same matrices' transposes.
ConvolutionGradients winograd_backward(const Tensor& diff_dst, const ConvolutionOperand& src,
                                       const ConvolutionOperand& weights, int padding, WithBias with_bias) {
  ConvolutionGradients gradients;
  with_kernel(weights.shape, diff_dst.dtype(),
              [&]<int kTaps, class T>() { gradients = backward<kTaps, T>(diff_dst, src, weights, padding); });
  const int64_t out = weights.shape[0];
  if (src.numbers && with_bias == WithBias::Yes)
    gradients.parameters.bias = sum_of_rows(diff_dst.reshaped({diff_dst.size() / out, out}));
  return gradients;
}

}  // namespace pare
