// LotteryConfig: what `pare lottery` is told: a training run, and a section "lottery" that says how it is
// pruned.
#pragma once

#include "compress/lottery/recipe.h"
#include "train/config/run_config.h"

namespace pare {

struct LotteryConfig : RunConfig {
  LotteryPlan lottery;

  void describe(Fields& fields);
};

// Checks what only a lottery requires: validation images and no other compression. Throws Failure::Usage.
LotteryConfig read_lottery_config(const Json& json, const std::string& path);

// "0-20", "3" or "0-2,5-8,12" -> the levels, ascending. Throws Failure::Usage.
std::vector<int> parse_levels(const std::string& text);

}  // namespace pare
