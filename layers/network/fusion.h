// FusableLayer: a layer that can take the ReLU behind it into its own loop, and perhaps a residual add
// between the two: convolution, linear, batch norm.
//
// Network looks for conv2d -> relu, batch_norm -> add -> relu and the like and runs each such group as one
// call, which saves a pass over memory a layer; the nodes, their names and their channels stay as they are.
#pragma once

#include "layers/layer.h"

namespace pare {

class FusableLayer : public Layer {
 public:
  virtual bool takes_residual() const { return false; }
  // activation(this layer of x + residual); an empty residual is none.
  virtual Var forward_fused(const Var& x, const Var& residual, Activation activation, Pass& pass) = 0;
  Var forward(std::span<const Var> inputs, Pass& pass) final {
    return forward_fused(inputs[0], Var{}, Activation::None, pass);
  }
};

}  // namespace pare
