// Linear mode connectivity (Frankle et al. 2020): what becomes of the error on the straight line between the
// weights that two networks ended with.
#pragma once

#include "train/experiment.h"
#include "train/lottery/lottery_directory.h"

namespace pare {

constexpr int kPathPoints = 30;

struct PathPoint {
  double alpha = 0;  // 0 is the one network, 1 the other
  Score test;
};

struct Connectivity {
  std::vector<PathPoint> points;  // by alpha, both ends among them
  // The highest value on the path above the mean of both ends: "instability" in the paper.
  double error_barrier = 0;  // 0..1
  double loss_barrier = 0;   // nats

  Json to_json() const;
};

// Evaluates `points` evenly spaced networks between two finished levels, which may be of any lottery whose
// network is the experiment's; masks count as weights of zero. The mean and variance of batch norm belong to
// one network and have no meaning between two: at each point, the ends included, they are estimated anew by
// sending training images through. Throws Failure::Usage for a level that is not finished, Failure::Data for
// weights of another network.
Connectivity connect(Experiment& experiment, const LevelDirectory& from, const LevelDirectory& to,
                     int points = kPathPoints);

}  // namespace pare
