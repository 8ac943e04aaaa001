// The method "lsq": weights of a fixed number of bits with learnt steps (lsq_weight.h). With a section
// "activations" beside it, what the paper does; without, weights alone.
#pragma once

#include "compress/method.h"
#include "compress/quantisation/lsq_weight.h"

namespace pare {

struct LsqConfig : MethodConfig {
  LsqOptions weights;
  int first_bits = 8, last_bits = 8;  // of the first and the last layer with weights
  double lr = 0.01;

  void describe(Fields& fields) override;
  std::unique_ptr<Method> make() const override;
};

}  // namespace pare
