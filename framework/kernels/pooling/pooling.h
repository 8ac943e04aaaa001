// Max and average pooling over windows, and the average over a whole image. src (N,H,W,C), dst (N,OH,OW,C),
// f32 or bf16.
#pragma once

#include "framework/base/per_axis.h"
#include "framework/tensor/tensor.h"

namespace pare {

enum class PoolKind { Max, Average };

struct PoolGeometry {
  PerAxis size = 2;
  PerAxis stride = 2;
  PerAxis padding = 0;  // never wins a maximum; an average leaves it out of its count
};

// (H,W) of the output, rounded down; 0 where the window does not fit.
PerAxis pooled(const PerAxis& extents, const PoolGeometry& geometry);

struct Pooled {
  Tensor dst;
  Tensor workspace;  // where each maximum came from; empty for averages
};

Pooled pool_forward(PoolKind kind, const Tensor& src, const PoolGeometry& geometry);
Tensor pool_backward(PoolKind kind, const Tensor& diff_dst, const Tensor& workspace, const Shape& src_shape,
                     const PoolGeometry& geometry);

}  // namespace pare
