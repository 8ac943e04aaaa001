// What `pare sweep` runs: a config's section "sweep" gives lists of values for some settings, and each
// combination is a run.
#pragma once

#include <string_view>

#include "framework/json/json.h"

namespace pare {

struct SweepRun {
  std::string name;  // "gamma=0.02,seed=1": what it does not share with the others; the name of its directory
  Json config;       // the base config with these settings, without the section
};

// Whether setting one path changes what another one set: one leads to the other, or both to the same value.
bool paths_meet(std::string_view a, std::string_view b);

// All combinations, the last setting changing fastest. `file` is for errors: throws Failure::Usage when there
// is no section, when a list is empty, when two runs would be the same or when two settings are about one
// value.
std::vector<SweepRun> expand_sweep(Json config, const std::string& file);

// The part of a sweep that one process does: every `count`-th run. Indices may begin at 0 or at 1, as job
// arrays do.
struct Shard {
  int index = 0, count = 1;
  bool has(size_t run) const { return static_cast<int>(run % static_cast<size_t>(count)) == index % count; }
};
Shard parse_shard(const std::string& text);  // "2/8"; throws Failure::Usage

}  // namespace pare
