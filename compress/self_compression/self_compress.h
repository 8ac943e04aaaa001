// The method "self_compress": learnable bit depths and exponents, a loss term for size, channels that leave
// while training goes on (Csefalvay & Imber, "Self-Compressing Neural Networks", 2023).
#pragma once

#include "compress/method.h"
#include "compress/self_compression/self_compressing_weight.h"

namespace pare {

struct SelfCompressConfig : MethodConfig {
  Levels levels = Levels::Symmetric;
  double bits = 8;                         // at the start
  double gamma = 0.02;                     // weight of the size loss
  double rate = 0;                         // weight of the rate loss
  Length warmup{0, Length::Unit::Epochs};  // both weights rise linearly over this long
  int64_t target_bytes = 0;                // at most, of the file; 0: both weights stay what they are
  double target_cost = 1;                  // share of the dense network's cost that pruning leaves
  double prune_until = 0.4;                // share of the run
  double bits_lr = 0.5;
  double bits_eps = 1e-3;
  double bias_l1 = 1e-3;  // how far a dead channel's bias moves towards zero at each step
  int remove_every = 50;  // steps between two removals
  bool remove_zeros =
      false;  // also channels whose quantised weights, or their readers' columns, are all zero

  void describe(Fields& fields) override;
  std::unique_ptr<Method> make() const override;
};

}  // namespace pare
