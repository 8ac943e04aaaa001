// FusableLayer: a layer that can take the residual add and the ReLU behind it into its own loop: batch norm.
//
// Network looks for batch_norm -> relu and batch_norm -> add -> relu and runs each such group as one call,
// which saves a pass over memory a layer; the nodes, their names and their channels stay as they are.
#pragma once

#include "framework/kernels/batch_norm.h"
#include "layers/layer.h"

namespace pare {

class FusableLayer : public Layer {
 public:
  // activation(this layer of x + residual); an empty residual is none.
  virtual Var forward_fused(const Var& x, const Var& residual, Activation activation, Pass& pass) = 0;
  Var forward(std::span<const Var> inputs, Pass& pass) final {
    return forward_fused(inputs[0], Var{}, Activation::None, pass);
  }
};

}  // namespace pare
