// The activations that a kernel can apply to what it has just computed.
#pragma once

namespace pare {

enum class Activation { None, Relu };

}  // namespace pare
