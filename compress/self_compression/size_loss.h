// The size of a network as a differentiable loss term, and as a number.
#pragma once

#include "layers/network/network.h"

namespace pare {

// Average bits per original weight, counting what a removed channel saves on both of its sides: eq. 3 and 5
// of the paper, Q = 1/N sum over layers l of HW (sum_i [b'_i > 0] sum_o b_o + sum_o [b_o > 0] sum_i b'_i),
// where b are the bit depths of layer l and b' those of the layer that feeds it. The indicators carry no
// gradient. One element, f32.
Var size_loss(Tape& tape, Network& network, int64_t original_weights);

// Average of log2(1 + 2|level|) per original weight, from Pass::rates: follows what an entropy coder pays.
Var rate_loss(Tape& tape, std::span<const Var> rates, int64_t original_weights);

// Average bits per original weight as the paper reports it (eq. 3 and 4): learnable depths, 32 for dense
// weights.
double mean_bits(Network& network, int64_t original_weights);

}  // namespace pare
