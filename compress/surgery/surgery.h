// The method "surgery": weights are masked when they become small, and come back when they grow again (Guo,
// Yao and Chen, "Dynamic Network Surgery for Efficient DNNs", 2016).
#pragma once

#include "compress/method.h"
#include "compress/surgery/recoverable_weight.h"

namespace pare {

struct LayerThreshold : Described, LayerNumber {
  void describe(Fields& fields) override { describe_as(fields, "threshold", Range::any(), "theirs"); }
};

struct SurgeryConfig : MethodConfig {
  double threshold = 1;  // standard deviations above the mean magnitude
  std::vector<LayerThreshold> layers;
  double until = 0.7;  // share of the run
  double gamma = 1e-4, power = 1;

  void describe(Fields& fields) override;
  std::unique_ptr<Method> make() const override;
};

}  // namespace pare
