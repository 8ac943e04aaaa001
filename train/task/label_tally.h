// LabelTally: of several labels an example, each there or not: what each is worth, and all of them.
#pragma once

#include "train/task/confusion.h"
#include "train/task/roc.h"
#include "train/task/tally.h"

namespace pare {

class LabelTally : public Tally {
 public:
  // outputs are logarithms of odds: a label is taken to be there above 0, a probability of 0.5
  void add(const Tensor& outputs, const Batch& batch) override;
  // "micro_f1" over all labels together; "macro_f1", and "auc", their means over the labels for which there
  // is one.
  std::vector<Metric> metrics() const override;
  // {"labels": [...] as counts_json, with "auc"}
  Json details(const Spec& spec) const override;
  std::vector<WrongAnswer> worst() const override { return worst_.answers(); }
  std::string table(const Spec& spec, int columns) const override;

 private:
  void note_wrong(const Tensor& odds, const Tensor& truths, int64_t n);

  int64_t examples_ = 0;
  std::vector<Confusion::Counts> counts_;
  std::vector<std::vector<Scored>> scored_;  // of each label
  Worst worst_;                              // by how far the odds of a label are on the wrong side
};

}  // namespace pare
