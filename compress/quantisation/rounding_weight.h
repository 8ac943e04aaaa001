// RoundingWeight: weights each of which learns whether it is rounded down or up (Nagel et al., "Up or Down?
// Adaptive Rounding for Post-Training Quantization", 2020, equations 21 to 25).
#pragma once

#include "framework/kernels/quantisation/uniform.h"
#include "layers/weights/weight.h"

namespace pare {

class RoundingWeight : public Weight {
 public:
  // values (O,KH,KW,I), exponents (O): a step 2^e for each output channel.
  RoundingWeight(const Tensor& values, std::vector<float> exponents, IntegerRange range);

  // How strongly each weight is pushed to one of its two integers: `strength` times
  // sum of 1 - |2h - 1|^sharpness, h being its share of the upper one. Strength 0: not at all.
  void push(float strength, float sharpness);
  Parameter& shares() { return shares_; }

  Var effective(Pass& pass) override;
  void visit(const ParameterVisitor& visitor) override { visitor(shares_); }
  Shape shape() const override { return shares_.value.shape(); }
  void keep_outputs(std::span<const int>) override;
  void keep_inputs(std::span<const int>) override;
  WeightCode code() const override;  // each rounded to the nearer of its two integers
  void take(const WeightCode& code) override;

 private:
  template <class Body>
  void each_weight(const Body& body) const;
  void backward(const Tensor& shares, int64_t i, float step, Tensor& gradient) const;

  IntegerRange range_;
  std::vector<float> exponents_;  // (O)
  std::vector<float> floors_;     // of every weight, in steps
  Parameter shares_;              // (O,KH,KW,I): V of the paper
  float strength_ = 0, sharpness_ = 2;
};

}  // namespace pare
