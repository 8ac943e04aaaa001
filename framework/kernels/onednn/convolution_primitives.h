// The oneDNN primitives of one convolution, each made for so many images, to run on one thread at a time.
#pragma once

#include "framework/kernels/convolution/convolution.h"
#include "framework/kernels/onednn/engine.h"

namespace pare::onednn {

// The descriptors of one convolution in oneDNN's words: logical dims are NCHW whatever the layout. Without a
// bias, that of the bias is empty.
struct ConvolutionProblem {
  dnnl::memory::desc src, weights, packed_weights, bias, dst;
  dnnl::memory::dims strides, dilates, padding_low, padding_high;
};

// dst = src * weights + bias.
class ConvolutionForward {
 public:
  ConvolutionForward(int64_t images, const Shape& src, const Tensor& weights, const Tensor& bias,
                     const Shape& dst, const Conv2dGeometry& geometry);
  // From the images of src that begin with `from` to those of dst that begin with `to`.
  void run(const Tensor& src, int64_t from, Tensor& dst, int64_t to) const;

 private:
  ConvolutionProblem problem_;
  dnnl::convolution_forward::primitive_desc descriptor_;
  dnnl::convolution_forward primitive_;
  Tensor packed_;
  dnnl::memory weights_;
  Tensor bias_;
};

// diff_src = diff_dst correlated with the flipped weights.
class ConvolutionBackwardData {
 public:
  ConvolutionBackwardData(int64_t images, const Shape& src, const Tensor& weights, const Tensor& diff_dst,
                          const Conv2dGeometry& geometry);
  void run(const Tensor& diff_dst, Tensor& diff_src, int64_t begin) const;

 private:
  ConvolutionProblem problem_;
  dnnl::convolution_backward_data::primitive_desc descriptor_;
  dnnl::convolution_backward_data primitive_;
  Tensor packed_;
  dnnl::memory weights_;
};

// diff_weights = src correlated with diff_dst, diff_bias = sum of diff_dst.
class ConvolutionBackwardWeights {
 public:
  ConvolutionBackwardWeights(int64_t images, const Tensor& src, const Shape& weights, const Shape& dst,
                             const Conv2dGeometry& geometry, WithBias with_bias);
  // What images from `begin` on bring.
  WeightGradients run(const Tensor& diff_dst, const Tensor& src, int64_t begin) const;

 private:
  Shape weights_;
  ConvolutionProblem problem_, in_f32_;
  dnnl::convolution_backward_weights::primitive_desc descriptor_;
  dnnl::convolution_backward_weights primitive_;
};

}  // namespace pare::onednn
