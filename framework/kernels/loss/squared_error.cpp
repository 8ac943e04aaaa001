#include "framework/kernels/loss/squared_error.h"

#include <cmath>

namespace pare {
namespace {

Tensor same_shape_f32(const Tensor& outputs, const Tensor& targets) {
  check(outputs.shape() == targets.shape(), "squared error: outputs ", outputs.shape(), " for targets ",
        targets.shape());
  return outputs.to(DType::F32);
}

}  // namespace

float squared_error_forward(const Tensor& outputs, const Tensor& targets) {
  const Tensor y = same_shape_f32(outputs, targets);
  double sum = 0;
  for (int64_t i = 0; i < y.size(); ++i) {
    const double error = double{y.data<float>()[i]} - targets.data<float>()[i];
    sum += error * error;
  }
  return static_cast<float>(sum / static_cast<double>(y.size()));
}

Tensor squared_error_backward(const Tensor& outputs, const Tensor& targets, float diff_loss) {
  const Tensor y = same_shape_f32(outputs, targets);
  const float factor = 2 * diff_loss / static_cast<float>(y.size());
  Tensor diff(y.shape());
  for (int64_t i = 0; i < y.size(); ++i)
    diff.data<float>()[i] = (y.data<float>()[i] - targets.data<float>()[i]) * factor;
  return diff.to(outputs.dtype());
}

double absolute_error_sum(const Tensor& outputs, const Tensor& targets) {
  const Tensor y = same_shape_f32(outputs, targets);
  double sum = 0;
  for (int64_t i = 0; i < y.size(); ++i)
    sum += std::fabs(double{y.data<float>()[i]} - targets.data<float>()[i]);
  return sum;
}

}  // namespace pare
