#include "framework/kernels/softmax.h"

#include <algorithm>
#include <cmath>

namespace pare {
namespace {

void check_labels(const Shape& shape, std::span<const int32_t> labels) {
  check(shape.rank() == 2 && shape[0] == static_cast<int64_t>(labels.size()), "cross entropy: logits ", shape,
        " for ", labels.size(), " labels");
  for (const int32_t label : labels)
    check(label >= 0 && label < shape[1], "cross entropy: label ", label, " outside 0..", shape[1] - 1);
}

}  // namespace

CrossEntropy cross_entropy_forward(const Tensor& logits, std::span<const int32_t> labels, float smoothing) {
  check_labels(logits.shape(), labels);
  const int64_t rows = logits.shape()[0], classes = logits.shape()[1];
  CrossEntropy result{logits.to(DType::F32).clone(), 0};
  double total = 0;
  for (int64_t n = 0; n < rows; ++n) {
    float* row = result.probabilities.data<float>() + n * classes;
    const float peak = *std::max_element(row, row + classes);
    double mass = 0, scores = 0;
    const double target_score = row[labels[n]];
    for (int64_t k = 0; k < classes; ++k) {
      scores += row[k];
      row[k] = std::exp(row[k] - peak);
      mass += row[k];
    }
    for (int64_t k = 0; k < classes; ++k) row[k] = static_cast<float>(row[k] / mass);
    const double log_mass = std::log(mass) + peak;
    // -sum_k target_k (score_k - log_mass)
    total += log_mass - (1 - smoothing) * target_score - smoothing * scores / static_cast<double>(classes);
  }
  result.loss = static_cast<float>(total / static_cast<double>(rows));
  return result;
}

Tensor cross_entropy_backward(const Tensor& probabilities, std::span<const int32_t> labels, float smoothing,
                              float diff_loss, DType dtype) {
  const int64_t rows = probabilities.shape()[0], classes = probabilities.shape()[1];
  const float share = smoothing / static_cast<float>(classes);
  const float factor = diff_loss / static_cast<float>(rows);
  Tensor diff(probabilities.shape());
  for (int64_t n = 0; n < rows; ++n) {
    const float* row = probabilities.data<float>() + n * classes;
    float* out = diff.data<float>() + n * classes;
    for (int64_t k = 0; k < classes; ++k) out[k] = (row[k] - share) * factor;
    out[labels[n]] -= (1 - smoothing) * factor;
  }
  return diff.to(dtype);
}

int64_t count_correct(const Tensor& logits, std::span<const int32_t> labels) {
  check_labels(logits.shape(), labels);
  const Tensor scores = logits.to(DType::F32);
  const int64_t classes = scores.shape()[1];
  int64_t correct = 0;
  for (size_t n = 0; n < labels.size(); ++n) {
    const float* row = scores.data<float>() + static_cast<int64_t>(n) * classes;
    if (std::max_element(row, row + classes) - row == labels[n]) ++correct;
  }
  return correct;
}

}  // namespace pare
