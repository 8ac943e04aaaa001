// Sets a share of a file's examples aside for testing: always the same ones, whatever else the file holds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/config/fields/fields.h"

namespace pare {

// As a config says it.
struct HoldOut {
  double test_share = 0;    // 0: the test examples are given
  uint64_t split_seed = 1;  // of its own, so that runs of several seeds are tested on the same examples

  void describe(Fields& fields);
  // Throws Failure::Usage unless exactly one of the two says where test examples come from. `given` is what
  // the config calls the other one.
  void require_one(bool is_given, const char* given) const;
};

// What stays together: an example, or all those of a group.
struct Unit {
  uint64_t draw = 0;  // who has the smallest of its stratum is held out first
  int stratum = 0;    // of each stratum, the same share is held out
};

uint64_t draw_of(uint64_t seed, uint64_t row);
uint64_t draw_of(uint64_t seed, const std::string& group);

// Which units are for testing: of each stratum the share, rounded, but never all. Throws Failure::Usage when
// that is none at all.
std::vector<bool> hold_out(const std::vector<Unit>& units, double share);
// The same by each unit's draw alone: those below the share. Units that are added later, or removed, move
// none of the others from one side to the other; but the share is met only roughly.
std::vector<bool> hold_out_by_draw(const std::vector<Unit>& units, double share);

}  // namespace pare
