// MaskedWeight: a dense weight times a mask of zeros and ones. What the mask takes away stays exactly zero.
//
// The value itself is zero where the mask is, and the gradient is masked before an optimiser sees it. So
// momentum and moments stay zero there, and neither they nor weight decay can bring a weight back.
#pragma once

#include "compress/method.h"

namespace pare {

class MaskedWeight : public Weight {
 public:
  // The mask starts as all ones.
  MaskedWeight(const WeightSite& site, Initialiser initialiser);

  Var effective(Pass& pass) override;
  void visit(const ParameterVisitor& visitor) override;
  Shape shape() const override { return value_.value.shape(); }
  std::vector<bool> dead_outputs() const override;
  void keep_outputs(std::span<const int> indices) override;
  void keep_inputs(std::span<const int> indices) override;
  WeightCode code() const override;
  void take(const WeightCode& code) override { value_.value = materialise(code); }

  const Parameter& value() const { return value_; }
  const Tensor& mask() const { return mask_.value; }
  // Masks the value and the optimiser's slots. A weight that an earlier mask took comes back as zero.
  void set_mask(const Tensor& mask);
  int64_t left() const;  // how many ones the mask has

 private:
  Parameter value_;  // (O,KH,KW,I)
  Parameter mask_;   // the same shape; a Statistic, so that checkpoints carry it and no optimiser moves it
};

// The method "masked": all weights have masks, which are ones until somebody sets them. Gates have none.
struct MaskedConfig : MethodConfig {
  void describe(Fields&) override {}
  std::unique_ptr<Method> make() const override;
};

// A layer of a network whose weights are masked.
struct MaskedLayer {
  std::string name;  // "1.linear"
  std::string kind;  // "linear"
  MaskedWeight* weight;
};
// In the order of the network; the last one computes its scores. Throws Failure::Internal for another kind of
// weight.
std::vector<MaskedLayer> masked_layers(Network& network);

}  // namespace pare
