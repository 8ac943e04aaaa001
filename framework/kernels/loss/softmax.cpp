#include "framework/kernels/loss/softmax.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

namespace pare {
namespace {

constexpr double kShareTolerance = 1e-4;  // of the sum of a row of targets, for rounding

void check_labels(const Shape& shape, std::span<const int32_t> labels) {
  check(shape.rank() == 2 && shape[0] == static_cast<int64_t>(labels.size()), "cross entropy: scores ", shape,
        " for ", labels.size(), " labels");
  for (const int32_t label : labels)
    check(label >= 0 && label < shape[1], "cross entropy: label ", label, " outside 0..", shape[1] - 1);
}

void check_weights(std::span<const float> weights, const Shape& shape) {
  check(weights.empty() || std::ssize(weights) == shape[0], "cross entropy: ", weights.size(),
        " weights for scores ", shape);
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

CrossEntropy cross_entropy_forward(const Tensor& logits, const Tensor& targets,
                                   std::span<const float> weights) {
  check_weights(weights, logits.shape());
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
    const double loss = std::log(mass) + peak - score;  // -sum_k target_k (score_k - log of all mass)
    total += weights.empty() ? loss : loss * weights[static_cast<size_t>(n)];
  }
  result.loss = static_cast<float>(total / static_cast<double>(rows));
  return result;
}

Tensor cross_entropy_backward(const Tensor& probabilities, const Tensor& targets,
                              std::span<const float> weights, float diff_loss, DType dtype) {
  check_weights(weights, probabilities.shape());
  const int64_t rows = probabilities.shape()[0], classes = probabilities.shape()[1];
  const float factor = diff_loss / static_cast<float>(rows);
  Tensor diff(probabilities.shape());
  for (int64_t n = 0; n < rows; ++n) {
    const float share = weights.empty() ? factor : factor * weights[static_cast<size_t>(n)];
    for (int64_t i = n * classes; i < (n + 1) * classes; ++i)
      diff.data<float>()[i] = (probabilities.data<float>()[i] - targets.data<float>()[i]) * share;
  }
  return diff.to(dtype);
}

std::vector<int32_t> largest_scores(const Tensor& logits) {
  check(logits.shape().rank() == 2, "largest scores: of ", logits.shape());
  const Tensor scores = logits.to(DType::F32);
  const int64_t rows = scores.shape()[0], classes = scores.shape()[1];
  std::vector<int32_t> largest;
  largest.reserve(static_cast<size_t>(rows));
  for (int64_t n = 0; n < rows; ++n) {
    const float* const row = scores.data<float>() + n * classes;
    largest.push_back(static_cast<int32_t>(std::max_element(row, row + classes) - row));
  }
  return largest;
}

int64_t count_correct(const Tensor& logits, std::span<const int32_t> labels) {
  check_labels(logits.shape(), labels);
  const std::vector<int32_t> largest = largest_scores(logits);
  return std::inner_product(largest.begin(), largest.end(), labels.begin(), int64_t{0}, std::plus<>(),
                            std::equal_to<>());
}

}  // namespace pare
