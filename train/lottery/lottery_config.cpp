#include "train/lottery/lottery_config.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include "framework/config/config.h"

namespace pare {
namespace {

constexpr int kHighestLevel = 1000;
constexpr uint64_t kMostReplicates = 1000;

// The number at the front of `text`, which is taken off; -1 when there is none.
int take_number(std::string_view& text) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return -1;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

void LotteryConfig::describe(Fields& fields) {
  RunConfig::describe(fields);
  fields.section("lottery", lottery, "pruning and retraining", Need::Required);
}

LotteryConfig read_lottery_config(const Json& json, const std::string& path) {
  auto config = read_config<LotteryConfig>(json, path);
  require_usable_name(config.name);
  constexpr auto kLastSeed = static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) - kMostReplicates;
  require(std::max(config.seed, config.data.order_seed) <= kLastSeed, Failure::Usage, path,
          ": seed: replicates count on from it; use one below ", kLastSeed);
  require(config.data.validation > 0, Failure::Usage, path,
          ": data.validation: 0 images; a lottery stops early by them, so set some aside");
  require(!config.early_stop.used(), Failure::Usage, path,
          ": early_stop: a lottery trains each level to its end and tells its early stop afterwards; leave "
          "it out");
  require(!config.teacher || !config.teacher->is_own(), Failure::Usage, path,
          ": teacher.model: own is for one run, and a lottery is many; train the network dense, and name its "
          "directory");
  require(config.compress.kind == "none" || config.compress.kind == "masked", Failure::Usage, path,
          ": compress.method: ", config.compress.kind,
          " cannot be combined with pruning; leave compress out");
  config.compress = choose(method_table(), "masked");
  return config;
}

std::vector<int> parse_levels(const std::string& text) {
  std::set<int> levels;
  std::string_view rest = text;
  bool good = !rest.empty();
  while (good) {
    const int first = take_number(rest);
    const int last = take(rest, '-') ? take_number(rest) : first;
    good = first >= 0 && last >= first && last <= kHighestLevel;
    for (int level = first; good && level <= last; ++level) levels.insert(level);
    if (rest.empty()) break;
    good = good && take(rest, ',');
  }
  require(good, Failure::Usage, "--levels: expected levels such as 0-20, 3 or 0-2,5-8, got '", text, "'");
  return {levels.begin(), levels.end()};
}

}  // namespace pare
