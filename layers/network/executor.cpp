#include "layers/network/executor.h"

namespace pare {

Executor::Executor(Network& network, DType dtype) : network_(network), dtype_(dtype) {
  Tape tape(Recording::Off);
  Pass pass{.tape = tape, .mode = Mode::Evaluate, .dtype = dtype};
  for (const Network::Node& node : network.nodes())
    if (Weight* const weight = node.layer->weight()) weights_[weight] = weight->effective(pass).value;
}

Tensor Executor::run(const Tensor& inputs) const {
  check(inputs.dtype() == dtype_, "executor: inputs in ", name(inputs.dtype()), " instead of ", name(dtype_));
  Tape tape(Recording::Off);
  Pass pass{.tape = tape, .mode = Mode::Evaluate, .dtype = dtype_, .prepared = &weights_};
  return network_.forward(inputs, pass).value;
}

}  // namespace pare
