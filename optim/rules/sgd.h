// Stochastic gradient descent with momentum (PyTorch's convention: the momentum slot holds gradients, not
// steps).
#pragma once

#include "optim/optimizer.h"

namespace pare {

struct SgdConfig : OptimizerConfig {
  double lr = 0.1;
  double momentum = 0.9;
  double weight_decay = 0;
  bool nesterov = false;

  void describe(Fields& fields) override;
  std::unique_ptr<Optimizer> make() const override;
};

}  // namespace pare
