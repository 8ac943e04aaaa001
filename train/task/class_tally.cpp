#include "train/task/class_tally.h"

#include <cmath>

#include "framework/kernels/loss/softmax.h"
#include "train/metrics/measures.h"

namespace pare {

void ClassTally::add(const Tensor& outputs, const Batch& batch) {
  constexpr int64_t kBest = 5;
  const Tensor scores = outputs.to(DType::F32);
  const std::vector<int32_t> largest = largest_scores(scores);
  classes_ = scores.shape()[1];
  for (size_t n = 0; n < largest.size(); ++n) {
    const int32_t truth = batch.classes[n];
    const float* const row = scores.data<float>() + static_cast<int64_t>(n) * classes_;
    confusion_.add(truth, largest[n]);
    if (largest[n] != truth) note_wrong(row, truth, largest[n]);
    ++examples_;
    if (classes_ == 2) of_two_.push_back({row[1] - row[0], truth == 1});
    if (classes_ <= kBest) continue;
    int64_t before = 0;  // of equal scores the first is the better one
    for (int64_t k = 0; k < classes_; ++k)
      before += row[k] > row[truth] || (row[k] == row[truth] && k < truth);
    among_five_ += before < kBest;
  }
}

void ClassTally::note_wrong(const float* scores, int32_t truth, int32_t taken) {
  double sum = 0;
  for (int64_t k = 0; k < classes_; ++k) sum += std::exp(double{scores[k]} - scores[taken]);
  worst_.add({examples_, double{scores[taken]} - scores[truth] + std::log(sum),
              Json::object({{"true", truth}, {"taken", taken}, {"score", rounded(1 / sum)}})});
}

std::vector<Metric> ClassTally::metrics() const {
  std::vector<Metric> metrics{{"macro_f1", confusion_.macro_f1()}};
  if (classes_ > 5)
    metrics.push_back({"top5_accuracy", static_cast<double>(among_five_) / static_cast<double>(examples_)});
  if (classes_ == 2) metrics.push_back({"auc", area_under_roc(of_two_)});
  return metrics;
}

Json ClassTally::details(const Spec& spec) const {
  Json cells = Json::array();
  for (const Confusion::Cell& cell : confusion_.cells())
    cells.push(Json::array({cell.truth, cell.predicted, cell.count}));
  return Json::object(
      {{"classes", counts_json(spec.classes, confusion_.by_class(static_cast<size_t>(classes_)))},
       {"confusion", std::move(cells)}});
}

std::string ClassTally::table(const Spec& spec, int columns) const {
  return confusion_table(confusion_, spec.classes, columns) + "\n" +
         counts_table("class", spec.classes, confusion_.by_class(static_cast<size_t>(classes_)), columns);
}

}  // namespace pare
