// DenseWeight: the plain kind, one learnable f32 number a weight.
#pragma once

#include "layers/weights/weight.h"

namespace pare {

class DenseWeight : public Weight {
 public:
  DenseWeight(const WeightSite& site, Initialiser initialiser);

  Var effective(Pass& pass) override;
  void visit(const ParameterVisitor& visitor) override { visitor(value_); }
  Shape shape() const override { return value_.value.shape(); }
  void keep_outputs(std::span<const int> indices) override { value_.keep(0, indices); }
  void keep_inputs(std::span<const int> indices) override { value_.keep(3, indices); }
  WeightCode code() const override;
  void take(const WeightCode& code) override { value_.value = materialise(code); }

 private:
  Parameter value_;  // (O,KH,KW,I)
};

// A maker of dense weights for Network.
WeightMaker dense_weights(Initialiser initialiser);

}  // namespace pare
