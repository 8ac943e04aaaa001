// Some of a tensor's channels, each times a number of its own.
#pragma once

#include <span>

#include "framework/tensor/tensor.h"

namespace pare {

// dst channel c = src channel from[c] times gate[c]. src (...,CS), gate (C,...) of C elements and dst (...,C)
// share one data type, f32 or bf16; from is ascending.
Tensor gate_forward(const Tensor& src, const Tensor& gate, std::span<const int> from);

struct GateGradients {
  Tensor src;   // zero in channels that no gate reads
  Tensor gate;  // (C,...) f32
};
GateGradients gate_backward(const Tensor& diff_dst, const Tensor& src, const Tensor& gate,
                            std::span<const int> from);

}  // namespace pare
