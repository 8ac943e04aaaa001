#include "framework/kernels/onednn/convolution_primitives.h"

#include "framework/kernels/onednn/version.h"

namespace pare::onednn {
namespace {

using dnnl::memory;

ConvolutionProblem describe(const Shape& src, const Shape& weights, const Shape& dst, DType dtype,
                            DType weights_dtype, const Conv2dGeometry& g, WithBias with_bias) {
  const memory::dim out = weights[0], in = weights[3], high = weights[1], wide = weights[2];
  const bool grouped = g.groups > 1;
  const memory::dims dims =
      grouped ? memory::dims{g.groups, out / g.groups, in, high, wide} : memory::dims{out, in, high, wide};
  const auto plain = grouped ? memory::format_tag::gohwi : memory::format_tag::ohwi;
  const auto type = type_of(dtype);
  // padding_high is what makes oneDNN's output formula come out at exactly dst.
  const auto high_padding = [&](int axis, memory::dim kernel, const Steps& steps) {
    return (dst[axis] - 1) * steps.stride + (kernel - 1) * steps.dilation + 1 - src[axis] - steps.padding;
  };
  return {{{src[0], src[3], src[1], src[2]}, type, memory::format_tag::nhwc},
          {dims, type_of(weights_dtype), plain},
          {dims, type_of(weights_dtype), memory::format_tag::any},
          with_bias == WithBias::Yes ? memory::desc({out}, memory::data_type::f32, memory::format_tag::a)
                                     : memory::desc(),
          {{dst[0], dst[3], dst[1], dst[2]}, type, memory::format_tag::nhwc},
          {g.stride.height, g.stride.width},
          {g.dilation.height - 1, g.dilation.width - 1},
          {g.padding.height, g.padding.width},
          {high_padding(1, high, g.along_height()), high_padding(2, wide, g.along_width())}};
}

dnnl::convolution_forward::primitive_desc forward_descriptor(const ConvolutionProblem& p) {
  return descriptor_of<dnnl::convolution_forward>(
      attributes(), dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_direct, p.src,
      p.packed_weights, p.bias, p.dst, p.strides, p.dilates, p.padding_low, p.padding_high);
}

}  // namespace

ConvolutionForward::ConvolutionForward(int64_t images, const Shape& src, const Tensor& weights,
                                       const Tensor& bias, const Shape& dst, const Conv2dGeometry& geometry)
    : problem_(describe(of_images(src, images), weights.shape(), of_images(dst, images), weights.dtype(),
                        weights.dtype(), geometry, bias ? WithBias::Yes : WithBias::No)),
      descriptor_(forward_descriptor(problem_)),
      primitive_(descriptor_),
      weights_(in_layout(as_memory(weights, problem_.weights), descriptor_.weights_desc(), packed_)),
      bias_(bias) {}

void ConvolutionForward::run(const Tensor& src, int64_t from, Tensor& dst, int64_t to) const {
  std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, as_memory(src, problem_.src, from)},
                                               {DNNL_ARG_WEIGHTS, weights_},
                                               {DNNL_ARG_DST, as_memory(dst, problem_.dst, to)}};
  if (bias_) arguments.insert({DNNL_ARG_BIAS, as_memory(bias_, problem_.bias)});
  onednn::run(primitive_, descriptor_, std::move(arguments));
}

ConvolutionBackwardData::ConvolutionBackwardData(int64_t images, const Shape& src, const Tensor& weights,
                                                 const Tensor& diff_dst, const Conv2dGeometry& geometry)
    : problem_(describe(of_images(src, images), weights.shape(), of_images(diff_dst.shape(), images),
                        diff_dst.dtype(), weights.dtype(), geometry, WithBias::No)),
      descriptor_(backward_descriptor_of<dnnl::convolution_backward_data>(
          forward_descriptor(problem_), dnnl::algorithm::convolution_direct, problem_.src,
          problem_.packed_weights, problem_.dst, problem_.strides, problem_.dilates, problem_.padding_low,
          problem_.padding_high)),
      primitive_(descriptor_),
      weights_(in_layout(as_memory(weights, problem_.weights), descriptor_.weights_desc(), packed_)) {}

void ConvolutionBackwardData::run(const Tensor& diff_dst, Tensor& diff_src, int64_t begin) const {
  onednn::run(primitive_, descriptor_,
              {{DNNL_ARG_DIFF_DST, as_memory(diff_dst, problem_.dst, begin)},
               {DNNL_ARG_WEIGHTS, weights_},
               {DNNL_ARG_DIFF_SRC, as_memory(diff_src, problem_.src, begin)}});
}

ConvolutionBackwardWeights::ConvolutionBackwardWeights(int64_t images, const Tensor& src,
                                                       const Shape& weights, const Shape& dst,
                                                       const Conv2dGeometry& geometry, WithBias with_bias)
    : weights_(weights),
      problem_(describe(of_images(src.shape(), images), weights, of_images(dst, images), src.dtype(),
                        src.dtype(), geometry, with_bias)),
      in_f32_(describe(of_images(src.shape(), images), weights, of_images(dst, images), src.dtype(),
                       DType::F32, geometry, with_bias)),
      descriptor_(backward_descriptor_of<dnnl::convolution_backward_weights>(
          forward_descriptor(problem_), dnnl::algorithm::convolution_direct, problem_.src,
          in_f32_.packed_weights, problem_.bias, problem_.dst, problem_.strides, problem_.dilates,
          problem_.padding_low, problem_.padding_high)),
      primitive_(descriptor_) {}

WeightGradients ConvolutionBackwardWeights::run(const Tensor& diff_dst, const Tensor& src,
                                                int64_t begin) const {
  WeightGradients gradients{Tensor(weights_), {}};
  const memory plain = as_memory(gradients.weights, in_f32_.weights);
  Tensor packed;
  const bool direct = descriptor_.diff_weights_desc() == in_f32_.weights;
  const memory diff_weights = direct ? plain : scratch(descriptor_.diff_weights_desc(), packed);
  std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, as_memory(src, problem_.src, begin)},
                                               {DNNL_ARG_DIFF_DST, as_memory(diff_dst, problem_.dst, begin)},
                                               {DNNL_ARG_DIFF_WEIGHTS, diff_weights}};
  if (problem_.bias != memory::desc()) {
    gradients.bias = Tensor(Shape{weights_[0]});
    arguments.insert({DNNL_ARG_DIFF_BIAS, as_memory(gradients.bias, problem_.bias)});
  }
  onednn::run(primitive_, descriptor_, std::move(arguments));
  if (!direct) reorder(diff_weights, plain);
  return gradients;
}

}  // namespace pare::onednn
