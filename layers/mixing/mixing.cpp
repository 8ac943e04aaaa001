#include "layers/mixing/mixing.h"

#include <limits>

namespace pare {
namespace {

// Before anything is multiplied or allocated: a config or a hostile file may ask for any extents.
const Shape& countable(const Shape& shape, const Site& site) {
  double count = 1;
  for (int axis = 0; axis < shape.rank(); ++axis) count *= static_cast<double>(shape[axis]);
  require(count <= std::numeric_limits<int>::max(), Failure::Usage, "network: layer ", site.name,
          " on its input ", site.input(), " has weights ", shape, ", more than 2^31; make it smaller");
  return shape;
}

}  // namespace

MixingLayer::MixingLayer(const Site& site, const Shape& weight_shape, int groups, Bias bias)
    : input_(site.input()),
      weight_(site.weights({site.name + ".weight", countable(weight_shape, site), groups, site.seed,
                            site.random + ".weight"})),
      bias_name_(site.name + ".bias") {
  if (bias == Bias::Yes)
    bias_ = Parameter{bias_name_, ParameterTag::Bias, Tensor::zeros({weight_shape[0]}), {}, {}};
}

void MixingLayer::visit(const ParameterVisitor& visitor) {
  weight_->visit(visitor);
  if (bias_) visitor(*bias_);
}

Var MixingLayer::bias_var(Pass& pass) { return bias_ ? pass.tape.leaf(*bias_) : Var{}; }

// A dead output channel carries its bias and nothing else.
Constants MixingLayer::trace(std::span<const Constants>, const std::vector<bool>& dead) const {
  Constants outputs(dead.size());
  for (size_t o = 0; o < dead.size(); ++o)
    if (dead[o]) outputs[o] = bias_ ? bias_->value.data<float>()[o] : 0.0f;
  return outputs;
}

bool MixingLayer::absorbs(float constant) const { return constant == 0.0f || (bias_ && !sees_borders()); }

// bias_o += sum over constant input channels i of c_i sum_kernel w(o,.,.,i)
void MixingLayer::absorb(const Constants& inputs) {
  if (!bias_) return;
  const Tensor w = effective_values(*weight_);
  const int64_t outputs = w.shape()[0], taps = w.shape()[1] * w.shape()[2], channels = w.shape()[3];
  check(static_cast<int64_t>(inputs.size()) == channels, "absorb: ", inputs.size(), " constants for ",
        channels, " input channels");
  for (int64_t o = 0; o < outputs; ++o) {
    double shift = 0;
    for (int64_t i = 0; i < channels; ++i) {
      if (!inputs[i] || *inputs[i] == 0.0f) continue;
      for (int64_t tap = 0; tap < taps; ++tap)
        shift += static_cast<double>(*inputs[i]) * w.data<float>()[(o * taps + tap) * channels + i];
    }
    bias_->value.data<float>()[o] += static_cast<float>(shift);
  }
}

void MixingLayer::fold(const Affine& affine) {
  freeze(scaled_outputs(weight_->code(), affine.scale.floats()));
  if (!bias_) bias_ = Parameter{bias_name_, ParameterTag::Bias, Tensor::zeros(affine.shift.shape()), {}, {}};
  bias_->value = bias_->value.clone();
  for (int64_t o = 0; o < affine.shift.size(); ++o) {
    float& b = bias_->value.data<float>()[o];
    b = b * affine.scale.data<float>()[o] + affine.shift.data<float>()[o];
  }
}

void MixingLayer::keep_inputs(int, std::span<const int> indices) {
  weight_->keep_inputs(indices);
  input_.channels = static_cast<int>(indices.size());
}

void MixingLayer::keep_outputs(std::span<const int> indices) {
  weight_->keep_outputs(indices);
  if (bias_) bias_->keep(0, indices);
}

}  // namespace pare
