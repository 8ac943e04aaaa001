#include "framework/kernels/convolution/convolution.h"

#include <algorithm>
#include <limits>
#include <map>

#include "framework/kernels/convolution/patches.h"
#include "framework/kernels/convolution/subsample.h"
#include "framework/kernels/elementwise/elementwise.h"
#include "framework/kernels/onednn/convolution_primitives.h"
#include "framework/kernels/onednn/version.h"
#include "framework/kernels/product/linear.h"
#include "framework/kernels/winograd/winograd.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

using namespace onednn;

// Images are shared out, at least so many a part.
Parts parts_of(const Shape& weights, const Shape& dst, int64_t fewest = 1) {
  return {dst[0], std::max(fewest, grain_of(2 * dst.row() * weights.row()))};
}

// So many images that what they bring to the gradient of all weights is worth writing those once more: each
// part does.
int64_t images_of_a_sum(const Shape& dst) {
  constexpr int64_t kFewestPixels = 256;
  return (kFewestPixels + dst[1] * dst[2] - 1) / (dst[1] * dst[2]);
}

// A Kernel for each number of images that parts have, made for one thread.
template <class Kernel>
class Kernels {
 public:
  template <class... Arguments>
  explicit Kernels(const Parts& parts, const Arguments&... arguments) {
    const SingleThread single;
    for (const int64_t images : parts.sizes()) kernels_.try_emplace(images, images, arguments...);
  }
  const Kernel& of(IndexRange part) const { return kernels_.at(part.size()); }

 private:
  std::map<int64_t, Kernel> kernels_;
};

Shape output_shape(const Shape& src, const Shape& weights, const Conv2dGeometry& g) {
  check(src.rank() == 4 && weights.rank() == 4, "conv2d: src ", src, " and weights ", weights,
        " must be 4-D");
  check(src[3] == weights[3] * g.groups, "conv2d: src ", src, " has ", src[3], " channels, weights ", weights,
        " in ", g.groups, " group(s) expect ", weights[3] * g.groups);
  check(weights[0] % g.groups == 0, "conv2d: ", weights[0], " output channels do not split into ", g.groups,
        " groups");
  const int high = convolved(static_cast<int>(src[1]), static_cast<int>(weights[1]), g.along_height());
  const int wide = convolved(static_cast<int>(src[2]), static_cast<int>(weights[2]), g.along_width());
  check(high > 0 && wide > 0, "conv2d: kernel of ", weights, " does not fit src ", src, " with padding ",
        g.padding);
  return {src[0], high, wide, weights[0]};
}

void check_gradient(const Tensor& diff_dst, const Shape& src, const Shape& weights, const Conv2dGeometry& g) {
  check(output_shape(src, weights, g) == diff_dst.shape(), "conv2d: diff_dst ", diff_dst.shape(),
        " does not belong to src ", src, " and weights ", weights);
}

bool is_pointwise(const Shape& weights, const Conv2dGeometry& g) {
  return weights[1] == 1 && weights[2] == 1 && g.padding == 0;
}

// oneDNN makes a strided 1x1 convolution dense in a workspace of its own, and writes past its end when NHWC
// channels do not fill whole blocks (2.6.3, 3.7.2; oneDNN issue 6035), so the pixels are picked here instead.
bool subsamples(const Shape& weights, const Conv2dGeometry& g) {
  return g.stride.most() > 1 && is_pointwise(weights, g);
}

Conv2dGeometry dense(const Conv2dGeometry& g) { return {.groups = g.groups}; }

// oneDNN 2.6.3's native bf16 kernel for 1x1 gives wrong data gradients at an odd number of output channels
// and some image sizes (30 pixels, 900 pixels). 3.7.2 has another one.
bool needs_matrix_product(const Shape& weights, DType dtype, const Conv2dGeometry& g) {
  return kHasFaultsOfVersion2 && dtype == DType::BF16 && is_pointwise(weights, g) && g.groups == 1 &&
         weights[0] % 2 == 1;
}

// oneDNN's bf16 weight gradients come from memory it never wrote when an image is narrower than the stride
// (2.6.3, 3.7.2). Such images are tiny.
bool needs_f32(const Shape& src, DType dtype, const Conv2dGeometry& g) {
  return dtype == DType::BF16 && src[2] < g.stride.width;
}

Tensor backward_data(const Tensor& diff_dst, const Tensor& weights, const Shape& src_shape,
                     const Conv2dGeometry& geometry) {
  if (subsamples(weights.shape(), geometry)) {
    const Shape& d = diff_dst.shape();
    const Shape picked{d[0], d[1], d[2], src_shape[3]};
    return subsample_backward(backward_data(diff_dst, weights, picked, dense(geometry)), src_shape,
                              geometry.stride);
  }
  if (needs_matrix_product(weights.shape(), diff_dst.dtype(), geometry)) {
    const Tensor rows = diff_dst.reshaped({diff_dst.size() / weights.shape()[0], weights.shape()[0]});
    return linear_backward_data(rows, weights).reshaped(src_shape);
  }
  return guarded(
      [&] {
        Tensor diff_src(src_shape, diff_dst.dtype());
        const Parts parts = parts_of(weights.shape(), diff_dst.shape());
        const Kernels<ConvolutionBackwardData> kernels(parts, src_shape, weights, diff_dst, geometry);
        parallel(parts,
                 [&](int64_t, IndexRange part) { kernels.of(part).run(diff_dst, diff_src, part.begin); });
        return diff_src;
      },
      "conv2d backward: diff_dst ", diff_dst.shape(), ", weights ", weights.shape());
}

WeightGradients backward_weights(const Tensor& diff_dst, const Tensor& src, const Shape& weights_shape,
                                 const Conv2dGeometry& geometry, WithBias with_bias) {
  if (subsamples(weights_shape, geometry))
    return backward_weights(diff_dst, subsample_forward(src, geometry.stride), weights_shape, dense(geometry),
                            with_bias);
  if (needs_f32(src.shape(), src.dtype(), geometry))
    return backward_weights(diff_dst.to(DType::F32), src.to(DType::F32), weights_shape, geometry, with_bias);
  return guarded(
      [&] {
        const Parts parts = parts_of(weights_shape, diff_dst.shape(), images_of_a_sum(diff_dst.shape()));
        const Kernels<ConvolutionBackwardWeights> kernels(parts, src, weights_shape, diff_dst.shape(),
                                                          geometry, with_bias);
        std::vector<Tensor> weights(static_cast<size_t>(parts.size()));
        std::vector<Tensor> biases(with_bias == WithBias::Yes ? weights.size() : 0);
        parallel(parts, [&](int64_t i, IndexRange part) {
          WeightGradients gradients = kernels.of(part).run(diff_dst, src, part.begin);
          weights[static_cast<size_t>(i)] = std::move(gradients.weights);
          if (!biases.empty()) biases[static_cast<size_t>(i)] = std::move(gradients.bias);
        });
        return WeightGradients{sum_of(std::move(weights)),
                               biases.empty() ? Tensor() : sum_of(std::move(biases))};
      },
      "conv2d backward: diff_dst ", diff_dst.shape(), ", src ", src.shape());
}

// dst = src * weights + bias from src's patches (patches.h).
void forward_from_patches(const Tensor& src, const Tensor& weights, const Tensor& bias,
                          const Conv2dGeometry& geometry, Tensor& dst) {
  const Tensor rows = weights_of_patches(weights);
  const int64_t at_once = images_of_patches(weights.shape(), dst.shape());
  parallel(parts_of(weights.shape(), dst.shape(), at_once), [&](int64_t, IndexRange part) {
    for (int64_t next, begin = part.begin; begin < part.end; begin = next) {
      next = std::min(begin + at_once, part.end);
      const Tensor few = patches(src, begin, next, weights.shape(), dst.shape(), geometry);
      ConvolutionForward(next - begin, few.shape(), rows, bias, dst.shape(), {}).run(few, 0, dst, begin);
    }
  });
}

}  // namespace

int convolved(int extent, int kernel, const Steps& steps) {
  const int64_t room = extent + 2 * int64_t{steps.padding} - ((kernel - 1) * int64_t{steps.dilation} + 1);
  return room < 0
             ? 0
             : static_cast<int>(std::min<int64_t>(room / steps.stride + 1, std::numeric_limits<int>::max()));
}

Tensor conv2d_forward(const Tensor& src, const Tensor& weights, const Tensor& bias,
                      const Conv2dGeometry& geometry, Activation activation) {
  const Shape dst_shape = output_shape(src.shape(), weights.shape(), geometry);
  check(src.dtype() == weights.dtype(), "conv2d: src is ", name(src.dtype()), ", weights ",
        name(weights.dtype()));
  check(!bias || bias.shape() == Shape{weights.shape()[0]}, "conv2d: bias ", bias.shape(), " for weights ",
        weights.shape());
  if (subsamples(weights.shape(), geometry))
    return conv2d_forward(subsample_forward(src, geometry.stride), weights, bias, dense(geometry),
                          activation);
  if (use_winograd(src.shape(), weights.shape(), dst_shape, src.dtype(), geometry))
    return winograd_forward(src, weights, bias, dst_shape, geometry.padding.height, activation);
  return guarded(
      [&] {
        Tensor dst(dst_shape, src.dtype());
        if (use_patches(weights.shape(), src.dtype(), geometry)) {
          forward_from_patches(src, weights, bias, geometry, dst);
        } else {
          const Parts parts = parts_of(weights.shape(), dst_shape);
          const Kernels<ConvolutionForward> kernels(parts, src.shape(), weights, bias, dst_shape, geometry);
          parallel(parts,
                   [&](int64_t, IndexRange part) { kernels.of(part).run(src, part.begin, dst, part.begin); });
        }
        return activation == Activation::Relu ? relu_forward(std::move(dst)) : dst;
      },
      "conv2d: src ", src.shape(), ", weights ", weights.shape());
}

ConvolutionGradients conv2d_backward(const Tensor& diff_dst, const ConvolutionOperand& src,
                                     const ConvolutionOperand& weights, const Conv2dGeometry& geometry,
                                     WithBias with_bias) {
  check_gradient(diff_dst, src.shape, weights.shape, geometry);
  if (use_winograd(src.shape, weights.shape, diff_dst.shape(), diff_dst.dtype(), geometry))
    return winograd_backward(diff_dst, src, weights, geometry.padding.height, with_bias);
  ConvolutionGradients gradients;
  if (weights.numbers) gradients.src = backward_data(diff_dst, weights.numbers, src.shape, geometry);
  if (src.numbers)
    gradients.parameters = backward_weights(diff_dst, src.numbers, weights.shape, geometry, with_bias);
  return gradients;
}

}  // namespace pare
