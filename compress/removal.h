// Removal: channels that change nothing leave the network for good, with their rows of weights, bias and
// optimiser slots, and with the columns of their readers.
#pragma once

#include "layers/network/network.h"

namespace pare {

enum class Dead {
  ForGood,  // zero bits: the weights are zero, and hardly ever come back
  AsItIs,   // every weight that is zero now counts as gone, also columns without readers
};

// Per output channel: whether all its weights are zero now. Per input channel: whether it has no reader now.
struct ZeroChannels {
  std::vector<bool> outputs, inputs;
};
ZeroChannels zero_channels(Weight& weight);

// What layers with frozen parameters do: keep their channels, of inputs and outputs, for these parameters may
// not change; or lose them as all others do.
enum class Frozen { Stay, Leave };

// Cuts every dead channel that can go without changing the outputs, and returns how many went.
//
// A channel whose weights are zero still carries its bias: after the layers behind it, a constant. A constant
// zero goes without a trace. Another constant is folded into the bias of the layer that reads it, which is
// exact up to the rounding of that one sum; it cannot be folded through zero padding, where the channel waits
// until its bias is zero. Every tensor keeps at least one channel. A convolution in groups loses whole
// groups: all of its outputs that mix, and all inputs they mix, or none of these. Frozen layers that stay
// lose only what their own numbers make nothing of, which was so at the start.
int remove_dead_channels(Network& network, Dead dead, Frozen frozen = Frozen::Stay);

}  // namespace pare
