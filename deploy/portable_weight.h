// PortableWeight: a layer's weights in the order of axes and the types that other programs expect.
#pragma once

#include <span>

#include "layers/weights/weight.h"

namespace pare {

enum class AxisOrder {
  ChannelsLast,   // (O,KH,KW,I): ours
  ChannelsFirst,  // (O,I,KH,KW): ONNX's and PyTorch's. Flattened to (O,I*KH*KW) it is also what a fully
                  // connected layer behind a flattened (C,H,W) image expects, because ours keeps the (H,W,C)
                  // form of what it reads.
};

struct PortableWeight {
  Shape shape;
  std::vector<float> values;  // as the network computes with them
  std::vector<int8_t>
      levels;  // values / steps; empty when the weights are not quantised or a level needs more bits
  std::vector<float> steps;  // per output channel; as empty as levels
  bool wide = false;         // quantised, but some level needs more than 8 bits
};

PortableWeight portable_weight(const WeightCode& code, AxisOrder order);

}  // namespace pare
