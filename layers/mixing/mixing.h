// MixingLayer: what convolution and linear share: a weight, a bias, and how channels leave both.
#pragma once

#include "layers/network/fusion.h"

namespace pare {

enum class Bias { No, Yes };

class MixingLayer : public FusableLayer {
 public:
  MixingLayer(const Site& site, const Shape& weight_shape, int groups, Bias bias);

  Coupling coupling() const override { return Coupling::own(); }
  void visit(const ParameterVisitor& visitor) override;
  Weight* weight() override { return weight_.get(); }
  void set_weight(std::unique_ptr<Weight> weight) override { weight_ = std::move(weight); }
  Parameter* bias() override { return bias_ ? &*bias_ : nullptr; }

  Constants trace(std::span<const Constants> inputs, const std::vector<bool>& dead) const override;
  // Whether an input channel of this constant value can be taken away without changing the outputs.
  bool absorbs(float constant) const;
  // Moves the effect of constant input channels into the bias; they are about to leave.
  void absorb(const Constants& inputs);
  // Makes the layer compute scale y + shift instead of y, which freezes its weight.
  void fold(const Affine& affine);
  void keep_inputs(int input, std::span<const int> indices) override;
  void keep_outputs(std::span<const int> indices) override;

 protected:
  // Whether a constant input channel is seen as the same constant by every output pixel: not with zero
  // padding.
  virtual bool sees_borders() const { return false; }
  Var bias_var(Pass& pass);
  // The weight of this pass, which is told what the layer reads.
  Var weight_var(const Var& x, Pass& pass) {
    if (pass.observe) pass.observe(*this, x.value);
    return pass.weight(*weight_);
  }

  Extent input_;
  std::unique_ptr<Weight> weight_;
  std::string bias_name_;
  std::optional<Parameter> bias_;
};

}  // namespace pare
