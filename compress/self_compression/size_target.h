// SizeTarget: controls the weight of the size losses so that the file ends at a target size.
//
// A proportional-integral controller of log(weight) by log(size): the wanted size falls from the first
// measured one to a little below the target over the first part of the run and stays there; the losses'
// weight is multiplied by e^(gain times error + integral), where the error is relative and the gain grows as
// the time left to correct it shrinks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "optim/schedule.h"

namespace pare {

class SizeTarget {
 public:
  explicit SizeTarget(int64_t bytes) : target_(static_cast<double>(bytes)) {}

  // What the losses' weights are multiplied by.
  double factor() const { return factor_; }
  // Steps between two measurements of the size. Few in the last part of the run: over a long interval the
  // size responds in full, and strong gains make it oscillate.
  int64_t interval(const Position& position) const;
  // The file would have so many bytes if training ended now.
  void observe(int64_t bytes, const Position& position);

  // All it remembers, for checkpoints.
  std::vector<double> state() const { return {first_, integral_, factor_}; }
  void restore(std::span<const double> state);

 private:
  double wanted(const Position& position) const;

  double target_;
  double first_ = 0;     // the first size seen
  double integral_ = 0;  // of the relative error, over observations
  double factor_ = 1;
};

}  // namespace pare
