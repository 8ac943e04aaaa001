// The method "drop_in": some of the smallest weights are masked again and again, and some of the masked ones
// come back, such that the share that is left flows to a wanted one. After Jia et al., "DropPruning for Model
// Compression" (2018), whose abstract says so much; probabilities and schedule are Pare's own
// (docs/pruning.md).
#pragma once

#include "compress/method.h"
#include "compress/surgery/recoverable_weight.h"
#include "framework/base/rng.h"

namespace pare {

struct LayerDensity : Described, LayerNumber {
  void describe(Fields& fields) override {
    describe_as(fields, "density", Range::above(0).up_to(1), "theirs");
  }
};

struct DropInConfig : MethodConfig {
  double density = 0.1;  // share of each layer's weights that is left at the end
  std::vector<LayerDensity> layers;
  double share = 0.2, out = 0.5;  // of the weights left, the smallest; each of them goes so probably
  bool recover = true;
  Length every{100, Length::Unit::Iterations};
  double until = 0.7;  // share of the run

  void describe(Fields& fields) override;
  std::unique_ptr<Method> make() const override;
};

// One turn of a layer: masks each of the `share` smallest weights left with probability `out`, but leaves
// `least` of all, and brings each masked one back with probability `in`. What was masked in this turn stays
// so.
struct DropInTurn {
  double share, out, in;
  int64_t least;
};
std::vector<float> drop_in(std::span<const float> values, std::span<const float> mask, const DropInTurn& turn,
                           Rng& rng);

}  // namespace pare
