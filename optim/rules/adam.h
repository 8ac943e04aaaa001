// Adam (Kingma & Ba 2015) and AdamW (decoupled decay, Loshchilov & Hutter 2019).
#pragma once

#include "optim/optimizer.h"

namespace pare {

enum class Decay { L2, Decoupled };

struct AdamConfig : OptimizerConfig {
  explicit AdamConfig(Decay kind = Decay::L2) : decay(kind) {}
  Decay decay;
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;

  void describe(Fields& fields) override;
  std::unique_ptr<Optimizer> make() const override;
};

}  // namespace pare
