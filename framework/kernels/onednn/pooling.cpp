#include "framework/kernels/pooling/pooling.h"

#include "framework/kernels/convolution/convolution.h"
#include "framework/kernels/onednn/engine.h"
#include "framework/kernels/onednn/version.h"
#include "framework/kernels/pooling/max_pool_2x2.h"
#include "framework/kernels/pooling/pooling_nan.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

using dnnl::memory;
using namespace onednn;

struct Problem {
  dnnl::algorithm algorithm;
  memory::desc src, dst;
  memory::dims strides, kernel, dilation, padding_low, padding_high;
};

memory::desc nhwc(const Shape& shape, DType dtype) {
  return {{shape[0], shape[3], shape[1], shape[2]}, type_of(dtype), memory::format_tag::nhwc};
}

Problem describe(PoolKind kind, const Shape& src, const Shape& dst, DType dtype, const PoolGeometry& g) {
  const auto high_padding = [&](int axis, int size, int stride, int padding) {
    return (dst[axis] - 1) * stride + size - src[axis] - padding;
  };
  return {kind == PoolKind::Max ? dnnl::algorithm::pooling_max : dnnl::algorithm::pooling_avg_exclude_padding,
          nhwc(src, dtype),
          nhwc(dst, dtype),
          {g.stride.height, g.stride.width},
          {g.size.height, g.size.width},
          {0, 0},
          {g.padding.height, g.padding.width},
          {high_padding(1, g.size.height, g.stride.height, g.padding.height),
           high_padding(2, g.size.width, g.stride.width, g.padding.width)}};
}

PoolingForward::primitive_desc forward_descriptor(const Problem& p) {
  return descriptor_of<PoolingForward>(attributes(), dnnl::prop_kind::forward_training, p.algorithm, p.src,
                                       p.dst, p.strides, p.kernel, p.dilation, p.padding_low, p.padding_high);
}

// The part of all images' workspace that belongs to images [begin, end), whose descriptor is given.
memory part_of(const Tensor& workspace, const PoolingForward::primitive_desc& descriptor, int64_t begin,
               int64_t end) {
  const memory::desc part = descriptor.workspace_desc();
  const auto* const bytes = static_cast<const std::byte*>(workspace.raw());
  const size_t an_image = part.get_size() / static_cast<size_t>(end - begin);
  return {part, engine(), const_cast<std::byte*>(bytes + static_cast<size_t>(begin) * an_image)};
}

// Calls body(begin, end) on ranges of images, side by side. A window costs about ten operations a number.
template <class Body>
void over_images(const Shape& src, const Body& body) {
  parallel_ranges(src[0], grain_of(10 * src.row()), body);
}

}  // namespace

PerAxis pooled(const PerAxis& extents, const PoolGeometry& g) {
  return {convolved(extents.height, g.size.height, {.stride = g.stride.height, .padding = g.padding.height}),
          convolved(extents.width, g.size.width, {.stride = g.stride.width, .padding = g.padding.width})};
}

Pooled pool_forward(PoolKind kind, const Tensor& src, const PoolGeometry& g) {
  const Shape& s = src.shape();
  const PerAxis extents = pooled({static_cast<int>(s[1]), static_cast<int>(s[2])}, g);
  const Shape dst_shape{s[0], extents.height, extents.width, s[3]};
  check(dst_shape[1] > 0 && dst_shape[2] > 0, "pool: window of ", g.size, " does not fit src ", s);
  if (is_max_pool_2x2(kind, g)) {
    Pooled result{Tensor(dst_shape, src.dtype()), {}};
    result.workspace = max_pool_2x2_forward(src, result.dst);
    return result;
  }
  return guarded(
      [&] {
        Pooled result{Tensor(dst_shape, src.dtype()), {}};
        if (kind == PoolKind::Max) {
          const Problem whole = describe(kind, s, dst_shape, src.dtype(), g);
          scratch(forward_descriptor(whole).workspace_desc(), result.workspace);
        }
        over_images(s, [&](int64_t begin, int64_t end) {
          const Problem p =
              describe(kind, of_images(s, end - begin), of_images(dst_shape, end - begin), src.dtype(), g);
          const auto descriptor = forward_descriptor(p);
          std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, as_memory(src, p.src, begin)},
                                                       {DNNL_ARG_DST, as_memory(result.dst, p.dst, begin)}};
          if (kind == PoolKind::Max)
            arguments.insert({DNNL_ARG_WORKSPACE, part_of(result.workspace, descriptor, begin, end)});
          run<PoolingForward>(descriptor, arguments);
        });
        if (kind == PoolKind::Max) let_nan_pass(src, g, result.dst);
        return result;
      },
      "pool: src ", s);
}

Tensor pool_backward(PoolKind kind, const Tensor& diff_dst, const Tensor& workspace, const Shape& src_shape,
                     const PoolGeometry& g) {
  Tensor diff_src(src_shape, diff_dst.dtype());
  if (is_max_pool_2x2(kind, g)) {
    max_pool_2x2_backward(diff_dst, workspace, diff_src);
    return diff_src;
  }
  return guarded(
      [&] {
        over_images(src_shape, [&](int64_t begin, int64_t end) {
          const Problem p = describe(kind, of_images(src_shape, end - begin),
                                     of_images(diff_dst.shape(), end - begin), diff_dst.dtype(), g);
          const auto forward = forward_descriptor(p);
          const auto descriptor =
              backward_descriptor_of<PoolingBackward>(forward, p.algorithm, p.src, p.dst, p.strides, p.kernel,
                                                      p.dilation, p.padding_low, p.padding_high);
          std::unordered_map<int, memory> arguments = {
              {DNNL_ARG_DIFF_DST, as_memory(diff_dst, p.dst, begin)},
              {DNNL_ARG_DIFF_SRC, as_memory(diff_src, p.src, begin)}};
          if (kind == PoolKind::Max)
            arguments.insert({DNNL_ARG_WORKSPACE, part_of(workspace, forward, begin, end)});
          run<PoolingBackward>(descriptor, arguments);
        });
        return diff_src;
      },
      "pool backward: diff_dst ", diff_dst.shape());
}

}  // namespace pare
