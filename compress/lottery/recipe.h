// The methods of the lottery-ticket literature, each as a recipe: which mask, which weights, and which
// stretch of the learning-rate schedule and of the data order a pruned network is trained with.
//
//   Frankle & Carbin 2019 (imp, one_shot, random_reinit); Frankle et al. 2020 (weight_rewind, random_prune);
//   Lee, Ajanthan & Torr 2019 (at_start: pruning before training);
//   Renda, Frankle & Carbin 2020 (lr_rewind); Han et al. 2015 (fine_tune).
#pragma once

#include <optional>
#include <utility>

#include "compress/lottery/prune.h"

namespace pare {

enum class TicketMethod {
  AtStart,
  Imp,
  WeightRewind,
  LrRewind,
  FineTune,
  OneShot,
  RandomReinit,
  RandomPrune
};

// Other methods tried on finished levels of the main run, with the main run's mask unless the method brings
// its own.
struct BranchConfig {
  std::vector<int> at_start, weight_rewind, lr_rewind, fine_tune, one_shot, random_reinit, random_prune;

  void describe(Fields& fields);
  std::vector<TicketMethod> at(int level) const;
  // The highest level of any, and its method; level 0 when there is none.
  std::pair<int, TicketMethod> last() const;

 private:
  std::vector<std::pair<TicketMethod, const std::vector<int>*>> all() const;
};

struct LotteryPlan {
  TicketMethod method = TicketMethod::Imp;
  int levels = 20;  // rounds of pruning; level 0 is the dense network
  int replicates = 1;
  PruneConfig prune;
  std::string init_from;  // a trained network that takes the place of the first weights; empty: none
  Length rewinding_steps{0, Length::Unit::Iterations};
  Length fine_tune_for{0, Length::Unit::Epochs};
  double fine_tune_rate = 0;
  Length evaluate_every{100, Length::Unit::Iterations};
  BranchConfig branches;

  void describe(Fields& fields);
};

struct Recipe {
  enum class Mask {
    Previous,      // prunes the weights that the level before ended with
    Dense,         // prunes what level 0 ended with, all rounds at once
    First,         // prunes the first weights, all rounds at once
    Main,          // the main run's mask of this level
    MainShuffled,  // the same with its ones at random places
    PreviousShuffled,
  };
  enum class Weights {
    Rewound,  // level 0's at step `first`, with the optimiser's slots and batch norm's statistics of then
    Trained,  // those that the level before ended with
    Redrawn,  // new random ones
  };
  Mask mask = Mask::Previous;
  Weights weights = Weights::Rewound;
  int64_t first = 0, total = 1;        // steps of schedule and data order: from `first` up to `total`
  std::optional<double> fixed_factor;  // on the learning rate, instead of the schedule

  // Slots start from zero: the mask has changed under them, and no earlier ones belong to these weights.
  bool fresh_optimiser() const { return weights != Weights::Rewound; }
};

const char* word_of(TicketMethod method);

// How `method` trains at a level above 0. A branch leaves a main run of method plan.method, and its
// random_reinit and random_prune then mirror that one. Level 0 is plain training whatever the method.
enum class Role { Main, Branch };
Recipe recipe_of(TicketMethod method, Role role, const LotteryPlan& plan, const ScheduleConfig& schedule,
                 const Position& dense);

}  // namespace pare
