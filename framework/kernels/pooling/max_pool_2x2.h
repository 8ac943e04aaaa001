// Max pooling over windows of 2x2 pixels side by side, f32 or bf16.
// oneDNN 2.6 adds gradients to a buffer that it clears first, which takes up to twice as long as writing each
// of them once, and four times as long below 8 channels.
#pragma once

#include "framework/kernels/pooling/pooling.h"

namespace pare {

bool is_max_pool_2x2(PoolKind kind, const PoolGeometry& geometry);

// Fills dst, (N,OH,OW,C), and returns which of the window's pixels each of its numbers is, row by row and the
// first of equal ones: dst's shape, 16 bits each.
Tensor max_pool_2x2_forward(const Tensor& src, Tensor& dst);
// Fills diff_src, (N,H,W,C).
void max_pool_2x2_backward(const Tensor& diff_dst, const Tensor& winners, Tensor& diff_src);

}  // namespace pare
