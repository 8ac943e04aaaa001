// Removal: cuts channels that do not affect the outputs, with their rows of weights, bias and optimiser
// slots, and with the columns of their readers.
#pragma once

#include "layers/network/network.h"

namespace pare {

enum class Dead {
  ForGood,  // channels of zero bits, whose weights hardly ever become nonzero again
  AsItIs,   // channels whose weights are all zero now, or that all readers multiply by zero now
};

// Per output channel: whether all its weights are zero now. Per input channel: whether it has no reader now.
struct ZeroChannels {
  std::vector<bool> outputs, inputs;
};
ZeroChannels zero_channels(Weight& weight);

// Whether layers with frozen parameters keep their input and output channels, since these parameters may not
// change, or lose dead ones as other layers do.
enum class Frozen { Stay, Leave };

// Cuts every dead channel that can go without changing the outputs, and returns how many went.
//
// A channel whose weights are zero still carries its bias: after the layers behind it, a constant. A constant
// zero goes without a trace. Another constant is folded into the bias of the layer that reads it, which is
// exact up to the rounding of that one sum; it cannot be folded through zero padding, where the channel waits
// until its bias is zero. Every tensor keeps at least one channel. A convolution in groups loses whole
// groups: all of its outputs that mix, and all inputs they mix, or none of these. Frozen layers that stay
// lose only channels whose frozen weights are zero, as they were at the start.
int remove_dead_channels(Network& network, Dead dead, Frozen frozen = Frozen::Stay);

}  // namespace pare
