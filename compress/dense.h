// The method "none": dense weights, nothing is made smaller.
#pragma once

#include "compress/method.h"

namespace pare {

struct DenseConfig : MethodConfig {
  void describe(Fields&) override {}
  std::unique_ptr<Method> make() const override;
};

}  // namespace pare
