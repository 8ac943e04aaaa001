// ClassTally: of class scores: the confusion matrix, and what follows from it.
#pragma once

#include "train/task/confusion.h"
#include "train/task/roc.h"
#include "train/task/tally.h"

namespace pare {

class ClassTally : public Tally {
 public:
  void add(const Tensor& outputs, const Batch& batch) override;
  // "macro_f1"; of more than five classes "top5_accuracy"; of two "auc", of the second against the first.
  std::vector<Metric> metrics() const override;
  // {"classes": [...] as counts_json, "confusion": [[class, taken for, examples], ...]}: numbers of classes,
  // without what did not happen.
  Json details(const Spec& spec) const override;
  std::vector<WrongAnswer> worst() const override { return worst_.answers(); }
  std::string table(const Spec& spec, int columns) const override;

 private:
  void note_wrong(const float* scores, int32_t truth, int32_t taken);

  int64_t classes_ = 0, examples_ = 0, among_five_ = 0;
  Confusion confusion_;
  std::vector<Scored> of_two_;
  Worst worst_;  // by the cross-entropy of the right class
};

}  // namespace pare
