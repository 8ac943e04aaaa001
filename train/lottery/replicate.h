// LotteryReplicate: one replicate of a lottery: level after level, each pruned from what an earlier one ended
// with.
#pragma once

#include <optional>

#include "framework/files/directory_lock.h"
#include "train/lottery/level_run.h"
#include "train/lottery/lottery_config.h"

namespace pare {

class LotteryReplicate {
 public:
  // Loads the data. Replicate R has the seed `config.seed` + R - 1. Throws Failure::Usage when another
  // process works on this replicate.
  LotteryReplicate(LotteryConfig config, LotteryDirectory directory, int replicate,
                   const std::string& data_directory, Verbosity verbosity);

  // It is the number-th of so many that are carried out one behind the other; for what is said of the time
  // left.
  void among(int number, int count) {
    number_ = number;
    count_ = count;
  }
  // Trains what is missing of these levels and their branches. Throws Failure::Usage when a level builds upon
  // one that is neither finished nor asked for.
  Outcome run(const std::vector<int>& levels, const std::function<bool()>& stop);

 private:
  Outcome train(int level, TicketMethod method, Role role, const std::function<bool()>& stop);
  Recipe recipe_at(int level, TicketMethod method, Role role) const;
  LevelDirectory directory_of(int level, TicketMethod method, Role role) const;
  int64_t steps_to_do(const std::vector<int>& levels) const;
  std::vector<Tensor> masks(int level, const Recipe& recipe);
  void prepare_network(int level, const Recipe& recipe);
  void take_first_values();
  const LevelDirectory& finished(const LevelDirectory& level) const;
  void require_rate_to_fine_tune() const;

  LotteryPlan plan_;
  LotteryDirectory directory_;
  int replicate_;
  int number_ = 1, count_ = 1;
  int64_t steps_ = 0;  // that are to be done, with those of the replicates behind this one
  Experiment experiment_;
  Position dense_;  // the length of plain training
  ProgressLine line_;
  std::optional<DirectoryLock> lock_;  // taken when nothing is wrong with the config: it makes the directory
};

}  // namespace pare
