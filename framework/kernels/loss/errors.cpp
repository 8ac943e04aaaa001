#include "framework/kernels/loss/errors.h"

#include <algorithm>
#include <cmath>

namespace pare {
namespace {

Tensor same_shape_f32(const Tensor& outputs, const Tensor& targets) {
  check(outputs.shape() == targets.shape(), "loss: outputs ", outputs.shape(), " for targets ",
        targets.shape());
  return outputs.to(DType::F32);
}

// The mean of loss(output, target), in double.
template <class Loss>
float mean_of(const Tensor& outputs, const Tensor& targets, Loss loss) {
  const Tensor y = same_shape_f32(outputs, targets);
  double sum = 0;
  for (int64_t i = 0; i < y.size(); ++i)
    sum += loss(double{y.data<float>()[i]}, double{targets.data<float>()[i]});
  return static_cast<float>(sum / static_cast<double>(y.size()));
}

// The gradient of that mean: slope(output, target) is the derivative by the output.
template <class Slope>
Tensor gradient_of(const Tensor& outputs, const Tensor& targets, float diff_loss, Slope slope) {
  const Tensor y = same_shape_f32(outputs, targets);
  const float factor = diff_loss / static_cast<float>(y.size());
  Tensor diff(y.shape());
  for (int64_t i = 0; i < y.size(); ++i)
    diff.data<float>()[i] = slope(y.data<float>()[i], targets.data<float>()[i]) * factor;
  return diff.to(outputs.dtype());
}

}  // namespace

float squared_error_forward(const Tensor& outputs, const Tensor& targets) {
  return mean_of(outputs, targets, [](double y, double t) { return (y - t) * (y - t); });
}

Tensor squared_error_backward(const Tensor& outputs, const Tensor& targets, float diff_loss) {
  return gradient_of(outputs, targets, diff_loss, [](float y, float t) { return 2 * (y - t); });
}

float absolute_error_forward(const Tensor& outputs, const Tensor& targets) {
  return mean_of(outputs, targets, [](double y, double t) { return std::fabs(y - t); });
}

Tensor absolute_error_backward(const Tensor& outputs, const Tensor& targets, float diff_loss) {
  return gradient_of(outputs, targets, diff_loss,
                     [](float y, float t) { return y > t ? 1.0f : (y < t ? -1.0f : 0.0f); });
}

float huber_forward(const Tensor& outputs, const Tensor& targets, float delta) {
  return mean_of(outputs, targets, [delta = double{delta}](double y, double t) {
    const double d = std::fabs(y - t);
    return d <= delta ? d * d / 2 : delta * (d - delta / 2);
  });
}

Tensor huber_backward(const Tensor& outputs, const Tensor& targets, float delta, float diff_loss) {
  return gradient_of(outputs, targets, diff_loss,
                     [delta](float y, float t) { return std::clamp(y - t, -delta, delta); });
}

// log(1 + e^y) = max(y, 0) + log(1 + e^-|y|), where nothing overflows.
float binary_cross_entropy_forward(const Tensor& outputs, const Tensor& targets) {
  return mean_of(outputs, targets, [](double y, double t) {
    return std::max(y, 0.0) + std::log1p(std::exp(-std::fabs(y))) - t * y;
  });
}

Tensor binary_cross_entropy_backward(const Tensor& outputs, const Tensor& targets, float diff_loss) {
  return gradient_of(outputs, targets, diff_loss,
                     [](float y, float t) { return 1 / (1 + std::exp(-y)) - t; });
}

}  // namespace pare
