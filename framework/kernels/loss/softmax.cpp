#include "framework/kernels/loss/softmax.h"

#include <algorithm>
#include <cmath>

namespace pare {
namespace {

constexpr double kShareTolerance = 1e-4;  // of the sum of a row of targets, for rounding

void check_labels(const Shape& shape, std::span<const int32_t> labels) {
  check(shape.rank() == 2 && shape[0] == static_cast<int64_t>(labels.size()), "cross entropy: scores ", shape,
        " for ", labels.size(), " labels");
  for (const int32_t label : labels)
    check(label >= 0 && label < shape[1], "cross entropy: label ", label, " outside 0..", shape[1] - 1);
}

}  // namespace

Tensor targets_of(std::span<const int32_t> labels, int64_t classes, float smoothing) {
  const Shape shape{static_cast<int64_t>(labels.size()), classes};
  check_labels(shape, labels);
  Tensor targets = Tensor::full(shape, smoothing / static_cast<float>(classes));
  for (size_t n = 0; n < labels.size(); ++n)
    targets.data<float>()[static_cast<int64_t>(n) * classes + labels[n]] += 1 - smoothing;
  return targets;
}

CrossEntropy cross_entropy_forward(const Tensor& logits, const Tensor& targets) {
  check(logits.shape().rank() == 2 && logits.shape() == targets.shape(), "cross entropy: logits ",
        logits.shape(), " for targets ", targets.shape());
  const int64_t rows = logits.shape()[0], classes = logits.shape()[1];
  CrossEntropy result{logits.to(DType::F32).clone(), 0};
  double total = 0;
  for (int64_t n = 0; n < rows; ++n) {
    float* row = result.probabilities.data<float>() + n * classes;
    const float* target = targets.data<float>() + n * classes;
    const float peak = *std::max_element(row, row + classes);
    double mass = 0, share = 0, score = 0;
    for (int64_t k = 0; k < classes; ++k) {
      share += target[k];
      score += double{target[k]} * row[k];
      row[k] = std::exp(row[k] - peak);
      mass += row[k];
    }
    check(std::fabs(share - 1) <= kShareTolerance, "cross entropy: the targets of row ", n, " sum to ", share,
          ", expected 1");
    for (int64_t k = 0; k < classes; ++k) row[k] = static_cast<float>(row[k] / mass);
    total += std::log(mass) + peak - score;  // -sum_k target_k (score_k - log of all mass)
  }
  result.loss = static_cast<float>(total / static_cast<double>(rows));
  return result;
}

Tensor cross_entropy_backward(const Tensor& probabilities, const Tensor& targets, float diff_loss,
                              DType dtype) {
  const float factor = diff_loss / static_cast<float>(probabilities.shape()[0]);
  Tensor diff(probabilities.shape());
  for (int64_t i = 0; i < diff.size(); ++i)
    diff.data<float>()[i] = (probabilities.data<float>()[i] - targets.data<float>()[i]) * factor;
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
