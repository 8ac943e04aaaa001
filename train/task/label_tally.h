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
  std::string table(const Spec& spec, int columns) const override;

 private:
  std::vector<Confusion::Counts> counts_;
  std::vector<std::vector<Scored>> scored_;  // of each label
};

}  // namespace pare
