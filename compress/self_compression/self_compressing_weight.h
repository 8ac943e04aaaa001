// SelfCompressingWeight: weights with a learnable bit depth and exponent per output channel
// (kernels/quantisation/quantise.h). Csefalvay & Imber, "Self-Compressing Neural Networks", 2023.
#pragma once

#include "framework/kernels/quantisation/quantise.h"
#include "layers/weights/weight.h"

namespace pare {

constexpr float kMaxBits = 16;  // levels stay within the 16 bits a model file allows

struct QuantiserOptions {
  Levels levels = Levels::Symmetric;
  double initial_bits = 8;
};

class SelfCompressingWeight : public Weight {
 public:
  // Exponents start where the largest weight of each channel is the largest level, so nothing is clipped.
  SelfCompressingWeight(const WeightSite& site, Initialiser initialiser, const QuantiserOptions& options);

  Var effective(Pass& pass) override;
  void visit(const ParameterVisitor& visitor) override;
  Shape shape() const override { return value_.value.shape(); }
  std::vector<bool> dead_outputs() const override;  // bits = 0
  Parameter* bits() override { return &bits_; }
  Parameter* exponents() override { return &exponents_; }
  void fit_exponents() override;
  void keep_outputs(std::span<const int> indices) override;
  void keep_inputs(std::span<const int> indices) override { value_.keep(3, indices); }
  WeightCode code() const override;
  void take(const WeightCode& code) override;

 private:
  Levels levels_;
  Parameter value_;      // (O,KH,KW,I)
  Parameter bits_;       // (O), >= 0
  Parameter exponents_;  // (O)
};

}  // namespace pare
