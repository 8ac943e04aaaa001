// LsqWeight: weights of a fixed number of bits and a learnt step, of each output channel or of the whole
// layer. Esser et al., "Learned Step Size Quantization" (2020); the step is learnt by its logarithm, which
// keeps it positive.
#pragma once

#include "framework/kernels/quantisation/quantise.h"
#include "layers/weights/weight.h"

namespace pare {

enum class StepPer { Channel, Layer };

struct LsqOptions {
  Levels levels = Levels::Paper;
  int bits = 4;
  StepPer per = StepPer::Channel;
};

class LsqWeight : public Weight {
 public:
  LsqWeight(const WeightSite& site, Initialiser initialiser, const LsqOptions& options);

  // Another number of bits from now on, with steps that suit it.
  void set_bits(int bits);

  Var effective(Pass& pass) override;
  void visit(const ParameterVisitor& visitor) override;
  Shape shape() const override { return value_.value.shape(); }
  Parameter* bits() override { return &bits_; }
  Parameter* exponents() override { return &exponents_; }
  // The steps of least squared error: of few bits, clipping the largest weights loses less than rounding all
  // others to coarse levels.
  void fit_exponents() override;
  void keep_outputs(std::span<const int> indices) override;
  void keep_inputs(std::span<const int> indices) override { value_.keep(3, indices); }
  WeightCode code() const override;
  // Takes over the steps, too, when the levels are within its own bits.
  void take(const WeightCode& code) override;

 private:
  float exponent(int64_t output) const {
    return exponents_.value.data<float>()[exponents_.value.size() == 1 ? 0 : output];
  }

  Levels levels_;
  StepPer per_;
  Parameter value_;      // (O,KH,KW,I)
  Parameter bits_;       // (O), all alike; a Statistic, which no optimiser moves
  Parameter exponents_;  // (O), or (1) of the whole layer
};

}  // namespace pare
