// ReconstructionTally: errors of an autoencoder, class by class, and how well they tell the unusual from the
// usual.
#pragma once

#include "train/task/tally.h"

namespace pare {

class ReconstructionTally : public Tally {
 public:
  // `learned` as Reconstruction takes it.
  explicit ReconstructionTally(std::vector<bool> learned) : learned_(std::move(learned)) {}

  void add(const Tensor& outputs, const Batch& batch) override;
  // "auc": the probability that an unusual example's error is above a usual one's.
  std::vector<Metric> metrics() const override;
  // {"errors": [{"class": by number, "name", "learned", "examples", "mean", "median", "p99"}, ...],
  // "usual_p99": ...}, of classes that have examples; p99: what 99 % of them stay below.
  Json details(const Spec& spec) const override;
  // Of the usual the largest errors: {"class", "error"}.
  std::vector<WrongAnswer> worst() const override { return worst_.answers(); }
  std::string table(const Spec& spec, int columns) const override;

 private:
  struct Row {
    int64_t label;
    std::string name;
    bool learned;
    int64_t examples;
    double mean, median, p99;
  };
  bool is_learned(size_t label) const { return label >= learned_.size() || learned_[label]; }
  std::vector<Row> rows(const Spec& spec) const;

  std::vector<bool> learned_;
  std::vector<std::vector<double>> errors_;  // of each class
  int64_t examples_ = 0;
  Worst worst_;
};

}  // namespace pare
