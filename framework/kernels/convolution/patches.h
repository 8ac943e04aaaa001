// A convolution of few input channels as one of 1x1: each output pixel with all the numbers its kernel reads.
//
// oneDNN's bf16 kernels take the taps one by one and fill up the channels of each to an even number; of a
// single channel that is half of the work for nothing. (Chellapilla, Puri & Simard, 2006, call it unrolling.)
#pragma once

#include "framework/kernels/convolution/convolution.h"

namespace pare {

// Whether that is faster, the gathering included.
bool use_patches(const Shape& weights, DType dtype, const Conv2dGeometry& geometry);

// Images [begin, end) of src (N,H,W,C) -> (end - begin,OH,OW,P): P is KH KW C made even, with a zero. bf16
// only.
Tensor patches(const Tensor& src, int64_t begin, int64_t end, const Shape& weights, const Shape& dst,
               const Conv2dGeometry& geometry);
// So many images that their patches stay in the cache.
int64_t images_of_patches(const Shape& weights, const Shape& dst);
// weights (O,KH,KW,C) -> (O,1,1,P)
Tensor weights_of_patches(const Tensor& weights);

}  // namespace pare
