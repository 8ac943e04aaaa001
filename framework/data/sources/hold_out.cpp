#include "framework/data/sources/hold_out.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/base/error.h"
#include "framework/base/rng.h"

namespace pare {
namespace {

uint64_t two_words(Rng rng) {
  const uint64_t high = rng.bits();
  return high << 32 | rng.bits();
}

}  // namespace

void HoldOut::describe(Fields& fields) {
  fields.number("test_share", test_share, Range::at_least(0).below(1),
                "share of the examples that is set aside for testing, of each class, by a hash of "
                "`split_seed` and the row's number (or its group, or the file's name); 0: they are in files "
                "of their own");
  fields.integer("split_seed", split_seed, Range::at_least(0),
                 "which examples `test_share` takes; the run's seed changes nothing about it");
}

void HoldOut::require_one(bool is_given, const char* given) const {
  require(is_given || test_share > 0, Failure::Usage, "data.source: there is nothing to test on; give ",
          given, ", or set a part of the examples aside: \"test_share\": 0.2");
  require(!is_given || test_share == 0, Failure::Usage, "data.source: both ", given,
          " and test_share; leave one of them out");
}

uint64_t draw_of(uint64_t seed, uint64_t row) { return two_words(Rng(seed, "test", row)); }
uint64_t draw_of(uint64_t seed, const std::string& group) { return two_words(Rng(seed, "test/" + group)); }

namespace {

void require_some(size_t held, size_t units, double share) {
  require(held > 0, Failure::Usage, "data.source: test_share of ", share, " takes none of ", units,
          " examples or groups for testing; use a larger share, or a file of test examples");
}

}  // namespace

std::vector<bool> hold_out(const std::vector<Unit>& units, double share) {
  std::map<int, std::vector<size_t>> strata;
  for (size_t i = 0; i < units.size(); ++i) strata[units[i].stratum].push_back(i);
  std::vector<bool> held(units.size(), false);
  size_t total = 0;
  for (auto& [stratum, members] : strata) {
    std::sort(members.begin(), members.end(), [&](size_t a, size_t b) {
      return units[a].draw != units[b].draw ? units[a].draw < units[b].draw : a < b;
    });
    const auto wanted = static_cast<size_t>(std::llround(share * static_cast<double>(members.size())));
    const size_t count = std::min(wanted, members.size() - 1);
    for (size_t i = 0; i < count; ++i) held[members[i]] = true;
    total += count;
  }
  require_some(total, units.size(), share);
  return held;
}

std::vector<bool> hold_out_by_draw(const std::vector<Unit>& units, double share) {
  check(share >= 0 && share < 1, "test share of ", share);
  const auto border = static_cast<uint64_t>(std::ldexp(share, 64));
  std::map<int, size_t> last;  // of each stratum, who stays whatever its draw
  for (size_t i = 0; i < units.size(); ++i) {
    const auto [at, is_first] = last.emplace(units[i].stratum, i);
    if (!is_first && units[i].draw > units[at->second].draw) at->second = i;
  }
  std::vector<bool> held;
  for (size_t i = 0; i < units.size(); ++i)
    held.push_back(units[i].draw < border && last[units[i].stratum] != i);
  require_some(static_cast<size_t>(std::ranges::count(held, true)), units.size(), share);
  return held;
}

}  // namespace pare
