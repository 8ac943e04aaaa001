// Removal: channels that change nothing leave the network for good, with their rows of weights, bias and
// optimiser slots, and with the columns of whoever reads them.
#pragma once

#include "layers/network/network.h"

namespace pare {

enum class Dead {
  ForGood,  // zero bits: the weights are zero, and hardly ever come back
  AsItIs,   // every weight that is zero now counts as gone, also columns nobody reads
};

// Per output channel: whether all its weights are zero now. Per input channel: whether nobody reads it now.
struct ZeroChannels {
  std::vector<bool> outputs, inputs;
};
ZeroChannels zero_channels(Weight& weight);

// Cuts every dead channel that can go without changing the outputs, and returns how many went.
//
// A channel whose weights are zero still carries its bias: after the layers behind it, a constant. A constant
// zero goes without a trace. Another constant is folded into the bias of the layer that reads it, which is
// exact up to the rounding of that one sum; it cannot be folded through zero padding, where the channel waits
// until its bias is zero. Every tensor keeps at least one channel. A convolution in groups loses whole
// groups: all of its outputs that mix, and all inputs they mix, or none of these.
int remove_dead_channels(Network& network, Dead dead);

}  // namespace pare
