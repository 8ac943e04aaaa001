// Max pooling lets NaN pass, so that divergence is seen where it begins; oneDNN's leaves NaN out.
#pragma once

#include "framework/kernels/pooling/pooling.h"

namespace pare {

// Makes those numbers of dst NaN whose window in src holds one.
void let_nan_pass(const Tensor& src, const PoolGeometry& geometry, Tensor& dst);

}  // namespace pare
