// FrozenWeight: a weight in the form of its file: read back from one, or about to be written to one. It does
// not learn.
#pragma once

#include "layers/weights/weight.h"

namespace pare {

class FrozenWeight : public Weight {
 public:
  explicit FrozenWeight(WeightCode code) : code_(std::move(code)), value_(materialise(code_)) {}

  Var effective(Pass& pass) override { return Tape::constant(value_.to(pass.dtype)); }
  void visit(const ParameterVisitor&) override {}
  Shape shape() const override { return code_.shape; }
  void keep_outputs(std::span<const int> indices) override;
  void keep_inputs(std::span<const int> indices) override;
  WeightCode code() const override { return code_; }
  void take(const WeightCode& code) override;

 private:
  WeightCode code_;
  Tensor value_;  // (O,KH,KW,I)
};

}  // namespace pare
