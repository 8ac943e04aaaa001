// batch_norm: each channel to mean 0 and variance 1 over the batch, then times gamma plus beta. Ioffe &
// Szegedy, 2015.
#pragma once

#include "framework/autograd/ops.h"
#include "layers/network/fusion.h"

namespace pare {

class BatchNorm : public FusableLayer {
 public:
  BatchNorm(const Site& site, float momentum, float epsilon);

  const Tensor& gamma() const { return gamma_.value; }
  float epsilon() const { return epsilon_; }  // what it adds to the variance
  Coupling coupling() const override { return Coupling::same(input_.channels); }
  Extent output() const override { return input_; }
  Parameter* bias() override { return &beta_; }
  void visit(const ParameterVisitor& visitor) override;
  void keep_inputs(int, std::span<const int> indices) override {
    input_.channels = static_cast<int>(indices.size());
  }
  void keep_outputs(std::span<const int> indices) override;
  bool takes_residual() const override { return true; }
  Var forward_fused(const Var& x, const Var& residual, Activation activation, Pass& pass) override;
  Constants trace(std::span<const Constants> inputs, const std::vector<bool>& dead) const override;
  Affine affine() const;  // what it is when it evaluates

 private:
  bool stands_still() const;
  void remember(const Normalised& batch, int64_t rows, float share);

  Extent input_;
  float momentum_, epsilon_;
  Parameter gamma_, beta_;
  Parameter mean_, variance_;  // running statistics
};

// The layer as a batch norm; null when it is none.
inline const BatchNorm* as_batch_norm(const Layer& layer) { return dynamic_cast<const BatchNorm*>(&layer); }

struct BatchNormConfig : LayerConfig {
  double momentum = 0.1;
  double eps = 1e-5;

  void describe(Fields& fields) override;
  std::unique_ptr<Layer> build(const Site& site) const override;
};

}  // namespace pare
