#include "framework/kernels/convolution.h"

#include <algorithm>
#include <limits>

#include "framework/base/per_range.h"
#include "framework/base/threads.h"
#include "framework/kernels/elementwise.h"
#include "framework/kernels/linear.h"
#include "framework/kernels/onednn/engine.h"
#include "framework/kernels/patches.h"
#include "framework/kernels/subsample.h"
#include "framework/kernels/winograd.h"

namespace pare {
namespace {

using dnnl::memory;
using namespace onednn;

// Calls body(begin, end) on ranges of images, side by side. So few that they would leave half of the threads
// without any are oneDNN's to share out, which it does for threads(), however many of them are to work.
template <class Body>
void over_images(const Shape& weights, const Shape& dst, const Body& body) {
  if (2 * dst[0] <= threads()) return body(0, dst[0]);
  parallel_ranges(dst[0], grain_of(2 * dst.row() * weights.row()), body);
}

// The descriptors of one convolution in oneDNN's words: logical dims are NCHW whatever the layout.
struct Problem {
  memory::desc src, weights, packed_weights, bias, dst;
  memory::dims strides, dilates, padding_low, padding_high;
};

Problem describe(const Shape& src, const Shape& weights, const Shape& dst, DType dtype, DType weights_dtype,
                 const Conv2dGeometry& g) {
  const memory::dim out = weights[0], in = weights[3], high = weights[1], wide = weights[2];
  const bool grouped = g.groups > 1;
  const memory::dims dims =
      grouped ? memory::dims{g.groups, out / g.groups, in, high, wide} : memory::dims{out, in, high, wide};
  const auto plain = grouped ? memory::format_tag::gohwi : memory::format_tag::ohwi;
  const auto type = type_of(dtype);
  // padding_high is what makes oneDNN's output formula come out at exactly dst.
  const auto high_padding = [&](int axis, memory::dim kernel) {
    return (dst[axis] - 1) * g.stride + (kernel - 1) * g.dilation + 1 - src[axis] - g.padding;
  };
  return {{{src[0], src[3], src[1], src[2]}, type, memory::format_tag::nhwc},
          {dims, type_of(weights_dtype), plain},
          {dims, type_of(weights_dtype), memory::format_tag::any},
          {{out}, memory::data_type::f32, memory::format_tag::a},
          {{dst[0], dst[3], dst[1], dst[2]}, type, memory::format_tag::nhwc},
          {g.stride, g.stride},
          {g.dilation - 1, g.dilation - 1},
          {g.padding, g.padding},
          {high_padding(1, high), high_padding(2, wide)}};
}

dnnl::convolution_forward::primitive_desc forward_descriptor(const Problem& p, WithBias with_bias) {
  constexpr auto kTraining = dnnl::prop_kind::forward_training;
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
  const memory::desc weights(p.packed_weights);
  const auto descriptor =
      with_bias == WithBias::Yes
          ? dnnl::convolution_forward::desc(kTraining, kAlgorithm, p.src, weights, p.bias, p.dst, p.strides,
                                            p.dilates, p.padding_low, p.padding_high)
          : dnnl::convolution_forward::desc(kTraining, kAlgorithm, p.src, weights, p.dst, p.strides,
                                            p.dilates, p.padding_low, p.padding_high);
  return {descriptor, attributes(), engine()};
}

Shape output_shape(const Shape& src, const Shape& weights, const Conv2dGeometry& g) {
  check(src.rank() == 4 && weights.rank() == 4, "conv2d: src ", src, " and weights ", weights,
        " must be 4-D");
  check(src[3] == weights[3] * g.groups, "conv2d: src ", src, " has ", src[3], " channels, weights ", weights,
        " in ", g.groups, " group(s) expect ", weights[3] * g.groups);
  check(weights[0] % g.groups == 0, "conv2d: ", weights[0], " output channels do not split into ", g.groups,
        " groups");
  const int high = convolved(static_cast<int>(src[1]), static_cast<int>(weights[1]), g);
  const int wide = convolved(static_cast<int>(src[2]), static_cast<int>(weights[2]), g);
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

// oneDNN 2.6 makes a strided 1x1 convolution dense in a workspace of its own, and writes past its end when
// NHWC channels do not fill whole blocks (oneDNN issue 6035), so the pixels are picked here instead.
bool picks_pixels(const Shape& weights, const Conv2dGeometry& g) {
  return g.stride > 1 && is_pointwise(weights, g);
}

Conv2dGeometry dense(const Conv2dGeometry& g) { return {.groups = g.groups}; }

// oneDNN 2.6's native bf16 kernel for 1x1 gives wrong data gradients at an odd number of output channels and
// some image sizes (30 pixels, 900 pixels).
bool needs_matrix_product(const Shape& weights, DType dtype, const Conv2dGeometry& g) {
  return dtype == DType::BF16 && is_pointwise(weights, g) && g.groups == 1 && weights[0] % 2 == 1;
}

// oneDNN 2.6's bf16 weight gradients come from memory it never wrote when an image is narrower than the
// stride. Such images are tiny.
bool needs_f32(const Shape& src, DType dtype, const Conv2dGeometry& g) {
  return dtype == DType::BF16 && src[2] < g.stride;
}

// Images [begin, end) of dst, from those of src that begin with `first`.
void forward(const Tensor& src, int64_t first, const Tensor& weights, const Tensor& bias,
             const Conv2dGeometry& geometry, Tensor& dst, int64_t begin, int64_t end) {
  const Problem p = describe(of_images(src.shape(), end - begin), weights.shape(),
                             of_images(dst.shape(), end - begin), src.dtype(), src.dtype(), geometry);
  const auto descriptor = forward_descriptor(p, bias ? WithBias::Yes : WithBias::No);
  Tensor packed;
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, as_memory(src, p.src, first)},
      {DNNL_ARG_WEIGHTS, in_layout(as_memory(weights, p.weights), descriptor.weights_desc(), packed)},
      {DNNL_ARG_DST, as_memory(dst, p.dst, begin)}};
  if (bias) arguments.insert({DNNL_ARG_BIAS, as_memory(bias, p.bias)});
  run<dnnl::convolution_forward>(descriptor, arguments);
}

// The gradients that images [begin, end) bring.
WeightGradients backward_weights(const Tensor& diff_dst, const Tensor& src, const Shape& weights_shape,
                                 const Conv2dGeometry& geometry, WithBias with_bias, int64_t begin,
                                 int64_t end) {
  const Shape few_src = of_images(src.shape(), end - begin),
              few_dst = of_images(diff_dst.shape(), end - begin);
  const Problem p = describe(few_src, weights_shape, few_dst, src.dtype(), src.dtype(), geometry);
  const Problem q = describe(few_src, weights_shape, few_dst, src.dtype(), DType::F32, geometry);
  const auto forward = forward_descriptor(p, with_bias);
  constexpr auto kAlgorithm = dnnl::algorithm::convolution_direct;
  const auto wanted =
      with_bias == WithBias::Yes
          ? dnnl::convolution_backward_weights::desc(kAlgorithm, p.src, q.packed_weights, p.bias, p.dst,
                                                     p.strides, p.dilates, p.padding_low, p.padding_high)
          : dnnl::convolution_backward_weights::desc(kAlgorithm, p.src, q.packed_weights, p.dst, p.strides,
                                                     p.dilates, p.padding_low, p.padding_high);
  const dnnl::convolution_backward_weights::primitive_desc descriptor(wanted, attributes(), engine(),
                                                                      forward);
  WeightGradients gradients{Tensor(weights_shape), {}};
  const memory plain = as_memory(gradients.weights, q.weights);
  Tensor packed;
  const bool direct = descriptor.diff_weights_desc() == q.weights;
  const memory diff_weights = direct ? plain : scratch(descriptor.diff_weights_desc(), packed);
  std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, as_memory(src, p.src, begin)},
                                               {DNNL_ARG_DIFF_DST, as_memory(diff_dst, p.dst, begin)},
                                               {DNNL_ARG_DIFF_WEIGHTS, diff_weights}};
  if (with_bias == WithBias::Yes) {
    gradients.bias = Tensor(Shape{weights_shape[0]});
    arguments.insert({DNNL_ARG_DIFF_BIAS, as_memory(gradients.bias, p.bias)});
  }
  run<dnnl::convolution_backward_weights>(descriptor, arguments);
  if (!direct) reorder(diff_weights, plain);
  return gradients;
}

// forward: dst = src * weights; so diff_src = diff_dst correlated with the flipped weights.
Tensor backward_data(const Tensor& diff_dst, const Tensor& weights, const Shape& src_shape,
                     const Conv2dGeometry& geometry) {
  if (picks_pixels(weights.shape(), geometry)) {
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
        over_images(weights.shape(), diff_dst.shape(), [&](int64_t begin, int64_t end) {
          const Problem p =
              describe(of_images(src_shape, end - begin), weights.shape(),
                       of_images(diff_dst.shape(), end - begin), diff_dst.dtype(), weights.dtype(), geometry);
          const dnnl::convolution_backward_data::primitive_desc descriptor(
              {dnnl::algorithm::convolution_direct, p.src, p.packed_weights, p.dst, p.strides, p.dilates,
               p.padding_low, p.padding_high},
              attributes(), engine(), forward_descriptor(p, WithBias::No));
          Tensor packed;
          run<dnnl::convolution_backward_data>(
              descriptor, {{DNNL_ARG_DIFF_DST, as_memory(diff_dst, p.dst, begin)},
                           {DNNL_ARG_WEIGHTS,
                            in_layout(as_memory(weights, p.weights), descriptor.weights_desc(), packed)},
                           {DNNL_ARG_DIFF_SRC, as_memory(diff_src, p.src, begin)}});
        });
        return diff_src;
      },
      "conv2d backward: diff_dst ", diff_dst.shape(), ", weights ", weights.shape());
}

// forward: dst = src * weights + bias; so diff_weights = src correlated with diff_dst, diff_bias = sum of
// diff_dst.
WeightGradients backward_weights(const Tensor& diff_dst, const Tensor& src, const Shape& weights_shape,
                                 const Conv2dGeometry& geometry, WithBias with_bias) {
  if (picks_pixels(weights_shape, geometry))
    return backward_weights(diff_dst, subsample_forward(src, geometry.stride), weights_shape, dense(geometry),
                            with_bias);
  if (needs_f32(src.shape(), src.dtype(), geometry))
    return backward_weights(diff_dst.to(DType::F32), src.to(DType::F32), weights_shape, geometry, with_bias);
  return guarded(
      [&] {
        PerRange<WeightGradients> gradients;
        over_images(weights_shape, diff_dst.shape(), [&](int64_t begin, int64_t end) {
          gradients.at(begin) =
              backward_weights(diff_dst, src, weights_shape, geometry, with_bias, begin, end);
        });
        WeightGradients total;
        total.weights = sum_of(gradients.in_order([](const WeightGradients& g) { return g.weights; }));
        if (with_bias == WithBias::Yes)
          total.bias = sum_of(gradients.in_order([](const WeightGradients& g) { return g.bias; }));
        return total;
      },
      "conv2d backward: diff_dst ", diff_dst.shape(), ", src ", src.shape());
}

}  // namespace

int convolved(int extent, int kernel, const Conv2dGeometry& g) {
  const int64_t room = extent + 2 * int64_t{g.padding} - ((kernel - 1) * int64_t{g.dilation} + 1);
  return room < 0 ? 0
                  : static_cast<int>(std::min<int64_t>(room / g.stride + 1, std::numeric_limits<int>::max()));
}

Tensor conv2d_forward(const Tensor& src, const Tensor& weights, const Tensor& bias,
                      const Conv2dGeometry& geometry, Activation activation) {
  const Shape dst_shape = output_shape(src.shape(), weights.shape(), geometry);
  check(src.dtype() == weights.dtype(), "conv2d: src is ", name(src.dtype()), ", weights ",
        name(weights.dtype()));
  check(!bias || bias.shape() == Shape{weights.shape()[0]}, "conv2d: bias ", bias.shape(), " for weights ",
        weights.shape());
  if (picks_pixels(weights.shape(), geometry))
    return conv2d_forward(subsample_forward(src, geometry.stride), weights, bias, dense(geometry),
                          activation);
  if (pays_winograd(src.shape(), weights.shape(), dst_shape, src.dtype(), geometry))
    return winograd_forward(src, weights, bias, dst_shape, geometry.padding, activation);
  return guarded(
      [&] {
        Tensor dst(dst_shape, src.dtype());
        const bool gathers = pays_patches(weights.shape(), src.dtype(), geometry);
        const Tensor rows = gathers ? weights_of_patches(weights) : Tensor();
        over_images(weights.shape(), dst_shape, [&](int64_t begin, int64_t end) {
          if (!gathers) return forward(src, begin, weights, bias, geometry, dst, begin, end);
          const int64_t at_once = images_of_patches(weights.shape(), dst_shape);
          for (int64_t next; begin < end; begin = next) {
            next = std::min(begin + at_once, end);
            const Tensor few = patches(src, begin, next, weights.shape(), dst_shape, geometry);
            forward(few, 0, rows, bias, {}, dst, begin, next);
          }
        });
        return activation == Activation::Relu ? relu_forward(std::move(dst)) : dst;
      },
      "conv2d: src ", src.shape(), ", weights ", weights.shape());
}

ConvolutionGradients conv2d_backward(const Tensor& diff_dst, const ConvolutionOperand& src,
                                     const ConvolutionOperand& weights, const Conv2dGeometry& geometry,
                                     WithBias with_bias) {
  check_gradient(diff_dst, src.shape, weights.shape, geometry);
  if (pays_winograd(src.shape, weights.shape, diff_dst.shape(), diff_dst.dtype(), geometry))
    return winograd_backward(diff_dst, src, weights, geometry.padding, with_bias);
  ConvolutionGradients gradients;
  if (weights.numbers) gradients.src = backward_data(diff_dst, weights.numbers, src.shape, geometry);
  if (src.numbers)
    gradients.parameters = backward_weights(diff_dst, src.numbers, weights.shape, geometry, with_bias);
  return gradients;
}

}  // namespace pare
