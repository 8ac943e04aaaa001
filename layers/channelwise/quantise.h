// quantise: every number becomes one of 2^bits integers times a step, which is learnt. What a network on a
// device computes with between its layers (kernels/quantisation/uniform.h).
#pragma once

#include "framework/kernels/quantisation/uniform.h"
#include "layers/channelwise/channelwise.h"

namespace pare {

class QuantiseLayer : public ChannelwiseLayer {
 public:
  // `learnt`: whether its step goes on learning after the first batch.
  QuantiseLayer(const Site& site, int bits, bool with_signs, bool learnt);

  Var apply(const Var& x, Pass& pass) override;
  void visit(const ParameterVisitor& visitor) override { visitor(exponent_); }
  Constants trace(std::span<const Constants> inputs, const std::vector<bool>&) const override;

  // Until its first batch of training, or until it is set, it passes all numbers on as they are.
  bool is_set() const { return exponent() > kUnset; }
  float exponent() const { return exponent_.value.item(); }
  void set_exponent(float exponent) { exponent_.value = Tensor::full({1}, exponent); }
  int bits() const { return bits_; }
  bool has_signs() const { return range_.low < 0; }
  IntegerRange range() const { return range_; }

 private:
  static constexpr float kUnset = -1000;

  int bits_;
  IntegerRange range_;
  Parameter exponent_;  // (1), log2 of the step
};

struct QuantiseConfig : LayerConfig {
  int bits = 8;
  bool with_signs = false, learnt = true;

  void describe(Fields& fields) override;
  std::unique_ptr<Layer> build(const Site& site) const override;
};

// The layer as one that quantises, or nullptr.
QuantiseLayer* as_quantise(Layer& layer);

}  // namespace pare
