#include "train/task/label_tally.h"

#include <cmath>
#include <limits>

#include "train/metrics/measures.h"

namespace pare {
namespace {

// Of the values that are numbers.
template <class Of>
double mean_of(size_t count, Of of) {
  double sum = 0;
  int64_t numbers = 0;
  for (size_t i = 0; i < count; ++i)
    if (const double value = of(i); std::isfinite(value)) {
      sum += value;
      ++numbers;
    }
  return numbers == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(numbers);
}

}  // namespace

void LabelTally::add(const Tensor& outputs, const Batch& batch) {
  const Tensor y = outputs.to(DType::F32);
  check(y.size() == batch.values.size(), "labels: outputs ", y.shape(), " for values ", batch.values.shape());
  const auto each = static_cast<size_t>(batch.values.shape().row());
  counts_.resize(each);
  scored_.resize(each);
  for (int64_t i = 0; i < y.size(); ++i) {
    const bool there = batch.values.data<float>()[i] > 0.5f, taken = y.data<float>()[i] > 0;
    const auto label = static_cast<size_t>(i) % each;
    counts_[label].add({there ? 1 : 0, taken ? 1 : 0, there && taken ? 1 : 0});
    scored_[label].push_back({y.data<float>()[i], there});
  }
  for (int64_t n = 0; n < batch.count(); ++n, ++examples_) note_wrong(y, batch.values, n);
}

// The label of row n that is most wrong, if one is.
void LabelTally::note_wrong(const Tensor& odds, const Tensor& truths, int64_t n) {
  const auto each = static_cast<int64_t>(counts_.size());
  int64_t label = -1;
  double most = 0;
  for (int64_t k = 0; k < each; ++k) {
    const double odd = odds.data<float>()[n * each + k];
    const bool there = truths.data<float>()[n * each + k] > 0.5f, wrong = there != (odd > 0);
    if (!wrong || (label >= 0 && std::fabs(odd) <= most)) continue;
    label = k;
    most = std::fabs(odd);
  }
  if (label < 0) return;
  const double odd = odds.data<float>()[n * each + label];
  worst_.add({examples_, most,
              Json::object({{"label", label},
                            {"true", truths.data<float>()[n * each + label] > 0.5f ? 1 : 0},
                            {"score", rounded(1 / (1 + std::exp(-odd)))}})});
}

std::vector<Metric> LabelTally::metrics() const {
  Confusion::Counts all;
  for (const Confusion::Counts& one : counts_) all.add(one);
  return {{"micro_f1", all.f1()},
          {"macro_f1", mean_of(counts_.size(), [&](size_t i) { return counts_[i].f1(); })},
          {"auc", mean_of(scored_.size(), [&](size_t i) { return area_under_roc(scored_[i]); })}};
}

Json LabelTally::details(const Spec& spec) const {
  Json labels = counts_json(spec.values, counts_);
  for (size_t i = 0; i < scored_.size(); ++i) labels.items()[i].set("auc", area_under_roc(scored_[i]));
  return Json::object({{"labels", std::move(labels)}});
}

std::string LabelTally::table(const Spec& spec, int columns) const {
  return counts_table("label", spec.values, counts_, columns);
}

}  // namespace pare
