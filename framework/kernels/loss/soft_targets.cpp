#include "framework/kernels/loss/soft_targets.h"

#include <algorithm>
#include <cmath>

namespace pare {
namespace {

// -p log p, which at 0 is 0
double information(double p) { return p > 0 ? -p * std::log(p) : 0; }

}  // namespace

Tensor softened_classes(const Tensor& logits, float temperature) {
  check(logits.shape().rank() == 2, "softened classes: of ", logits.shape());
  Tensor soft = logits.to(DType::F32).clone();
  const int64_t rows = soft.shape()[0], classes = soft.shape()[1];
  for (int64_t n = 0; n < rows; ++n) {
    float* const row = soft.data<float>() + n * classes;
    const float peak = *std::max_element(row, row + classes);
    double mass = 0;
    for (int64_t k = 0; k < classes; ++k) mass += row[k] = std::exp((row[k] - peak) / temperature);
    for (int64_t k = 0; k < classes; ++k) row[k] = static_cast<float>(row[k] / mass);
  }
  return soft;
}

Tensor softened_labels(const Tensor& logits, float temperature) {
  Tensor soft = logits.to(DType::F32).clone();
  for (float& y : std::span(soft.data<float>(), static_cast<size_t>(soft.size())))
    y = 1 / (1 + std::exp(-y / temperature));
  return soft;
}

float entropy_of_classes(const Tensor& distributions) {
  double total = 0;
  for (int64_t i = 0; i < distributions.size(); ++i) total += information(distributions.data<float>()[i]);
  return static_cast<float>(total / static_cast<double>(distributions.shape()[0]));
}

float entropy_of_labels(const Tensor& probabilities) {
  double total = 0;
  for (int64_t i = 0; i < probabilities.size(); ++i) {
    const double p = probabilities.data<float>()[i];
    total += information(p) + information(1 - p);
  }
  return static_cast<float>(total / static_cast<double>(probabilities.size()));
}

}  // namespace pare
