#include "layers/channelwise/batch_norm.h"

#include <algorithm>
#include <cmath>

#include "framework/autograd/ops.h"

namespace pare {

BatchNorm::BatchNorm(const Site& site, float momentum, float epsilon)
    : input_(site.input()),
      momentum_(momentum),
      epsilon_(epsilon),
      gamma_{site.name + ".gamma", ParameterTag::Normalisation, Tensor::full({input_.channels}, 1), {}, {}},
      beta_{site.name + ".beta", ParameterTag::Normalisation, Tensor::zeros({input_.channels}), {}, {}},
      mean_{site.name + ".mean", ParameterTag::Statistic, Tensor::zeros({input_.channels}), {}, {}},
      variance_{
          site.name + ".variance", ParameterTag::Statistic, Tensor::full({input_.channels}, 1), {}, {}} {}

void BatchNorm::visit(const ParameterVisitor& visitor) {
  for (Parameter* p : {&gamma_, &beta_, &mean_, &variance_}) visitor(*p);
}

void BatchNorm::keep_outputs(std::span<const int> indices) {
  for (Parameter* p : {&gamma_, &beta_, &mean_, &variance_}) p->keep(0, indices);
}

Var BatchNorm::forward_fused(const Var& x, const Var& residual, Activation activation, Pass& pass) {
  if (pass.mode == Mode::Evaluate || stands_still())
    return normalise_by(pass.tape, x, pass.tape.leaf(gamma_), pass.tape.leaf(beta_),
                        {mean_.value, variance_.value}, epsilon_, residual, activation);
  Normalised result =
      batch_norm(pass.tape, x, pass.tape.leaf(gamma_), pass.tape.leaf(beta_), epsilon_, residual, activation);
  remember(result, x.value.size() / input_.channels,
           pass.averaged > 0 ? 1 / static_cast<float>(pass.averaged) : momentum_);
  return result.y;
}

// A constant channel has variance 0 and leaves as beta; evaluation agrees once the running statistics have
// caught up. The floor is low because a batch norm further on may raise what is left by 1 / sqrt(epsilon).
Constants BatchNorm::trace(std::span<const Constants> inputs, const std::vector<bool>&) const {
  constexpr float kTolerance = 1e-6f, kFloor = 1e-9f;
  Constants outputs(inputs[0].size());
  const auto [scale, shift] = affine();
  for (size_t c = 0; c < outputs.size(); ++c) {
    if (!inputs[0][c]) continue;
    const float evaluated = *inputs[0][c] * scale.data<float>()[c] + shift.data<float>()[c];
    const float trained = beta_.value.data<float>()[c];
    if (std::fabs(evaluated - trained) <= std::max(kFloor, kTolerance * std::fabs(trained)))
      outputs[c] = trained;
  }
  return outputs;
}

Affine BatchNorm::affine() const {
  Tensor scale(gamma_.value.shape()), shift(gamma_.value.shape());
  for (int64_t c = 0; c < scale.size(); ++c) {
    const float s = gamma_.value.data<float>()[c] / std::sqrt(variance_.value.data<float>()[c] + epsilon_);
    scale.data<float>()[c] = s;
    shift.data<float>()[c] = beta_.value.data<float>()[c] - mean_.value.data<float>()[c] * s;
  }
  return {scale, shift};
}

// Frozen: a fixed function of its input, in training as well.
bool BatchNorm::stands_still() const {
  return !mean_.trainable || !variance_.trainable || !(gamma_.trainable || beta_.trainable);
}

// Running statistics move towards the batch's by `share`; the variance without bias, as in PyTorch. A
// single row says nothing of it: an epoch's last image alone would pull it to 0.
void BatchNorm::remember(const Normalised& batch, int64_t rows, float share) {
  if (rows < 2) return;
  const float unbias = static_cast<float>(rows) / static_cast<float>(rows - 1);
  for (int64_t c = 0; c < batch.mean.size(); ++c) {
    float& mean = mean_.value.data<float>()[c];
    float& variance = variance_.value.data<float>()[c];
    mean += share * (batch.mean.data<float>()[c] - mean);
    variance += share * (batch.variance.data<float>()[c] * unbias - variance);
  }
}

void BatchNormConfig::describe(Fields& fields) {
  describe_node(fields);
  fields.number("momentum", momentum, Range::above(0).up_to(1),
                "how far running statistics move at each step");
  fields.number("eps", eps, Range::above(0), "added to the variance");
}

std::unique_ptr<Layer> BatchNormConfig::build(const Site& site) const {
  require(!site.input().flat || site.input().height * site.input().width == 1, Failure::Usage,
          "network: layer ", site.name, " normalises channels, but its input ", site.input(),
          " is flattened; move it before flatten");
  return std::make_unique<BatchNorm>(site, static_cast<float>(momentum), static_cast<float>(eps));
}

}  // namespace pare
