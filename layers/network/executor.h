// Executor: what a network computes in evaluation, without a tape, on one set of prepared weights.
#pragma once

#include "layers/network/network.h"

namespace pare {

// A snapshot: each weight's effective tensor is computed once, in the constructor, and not at every batch, so
// a quantised network is quantised once. Biases and batch norms are read at each run, and a dense f32 weight
// shares its buffer with the network. So the network must outlive the executor and must not be trained or
// changed in any other way while the executor is used: it would compute with the weights of one moment and
// the biases of another, or with weights of another shape. Make a new one after a change.
class Executor {
 public:
  Executor(Network& network, DType dtype);

  // inputs (N,H,W,C) in dtype -> outputs (N,K): bit for bit those of Network::forward in Mode::Evaluate.
  Tensor run(const Tensor& inputs) const;

 private:
  Network& network_;
  DType dtype_;
  PreparedWeights weights_;
};

}  // namespace pare
