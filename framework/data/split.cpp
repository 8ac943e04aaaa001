#include "framework/data/split.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "framework/base/error.h"
#include "framework/base/rng.h"

namespace pare {
namespace {

// The members of each group, groups in the order in which they appear.
std::vector<std::vector<int>> members_of_groups(const Source& examples) {
  std::vector<std::vector<int>> groups;
  std::unordered_map<int32_t, size_t> known;
  for (int i = 0; i < examples.count(); ++i) {
    const auto [at, is_new] = known.emplace(examples.group(i), groups.size());
    if (is_new) groups.emplace_back();
    groups[at->second].push_back(i);
  }
  return groups;
}

}  // namespace

std::vector<int> all_indices(int count) {
  std::vector<int> indices(count);
  std::iota(indices.begin(), indices.end(), 0);
  return indices;
}

Split split(const Source& examples, int validation, uint64_t seed) {
  require(validation >= 0 && validation < examples.count(), Failure::Usage, "data.validation: cannot set ",
          validation, " examples aside: there are ", examples.count(),
          " to train on, and at least one has to be left");
  const std::vector<std::vector<int>> groups = members_of_groups(examples);
  std::vector<int> order = all_indices(static_cast<int>(groups.size()));
  Rng(seed, "split").shuffle(order);
  Split split;
  for (const int drawn : order) {
    const std::vector<int>& group = groups[static_cast<size_t>(drawn)];
    std::vector<int>& part = std::ssize(split.validation) < validation ? split.validation : split.train;
    part.insert(part.end(), group.begin(), group.end());
  }
  require(!split.train.empty(), Failure::Usage, "data.validation: ", validation,
          " examples cannot be set aside: the ", examples.count(), " to train on are of ", groups.size(),
          groups.size() == 1 ? " group" : " groups",
          ", whose examples stay together, and nothing would be left; use fewer, more "
          "groups, or give validation examples of their own");
  std::ranges::sort(split.train);
  std::ranges::sort(split.validation);
  return split;
}

}  // namespace pare
