// pare lottery CONFIG
#include <algorithm>
#include <filesystem>
#include <memory>
#include <numeric>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "cli/interrupt.h"
#include "framework/config/config.h"
#include "framework/files/append_file.h"
#include "framework/files/file.h"
#include "train/config/config_file.h"
#include "train/lottery/connectivity.h"
#include "train/lottery/replicate.h"
#include "train/report/page.h"

namespace pare {
namespace {

struct Options {
  std::string config, out, levels, init_from, data_directory;
  std::vector<std::string> overrides, connect;
  int replicate = 0, threads = 0;
  bool quiet = false;
};

std::vector<int> count_from(int first, int count) {
  std::vector<int> numbers(static_cast<size_t>(count));
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

// From which a level's split, normalisation and image order came.
uint64_t seed_of(const LevelDirectory& level) {
  const Json result = level.read_result();
  const Json* const seed = result.find("seed");
  require(seed != nullptr && seed->is_integer(), Failure::Data, level.result(), ": it has no seed");
  return static_cast<uint64_t>(seed->integer());
}

// Prints the path between two levels, and keeps it as a line of connectivity.jsonl.
int connect_levels(LotteryConfig config, const LotteryDirectory& directory, const Options& options) {
  const std::string &from = options.connect[0], &to = options.connect[1];
  config.seed = seed_of({from});
  if (seed_of({to}) != config.seed && !options.quiet)
    std::printf(
        "the two have different seeds and splits of the training images; those of the first are used\n");
  Experiment experiment(std::move(config), options.data_directory);
  const Connectivity found = connect(experiment, {from}, {to});
  if (!options.quiet) {
    std::printf("%8s %12s %12s\n", "alpha", "test error", "test loss");
    for (const PathPoint& point : found.points)
      std::printf("%8.4f %10.2f %% %12.4f\n", point.alpha, 100 * (1 - point.test.metric()), point.test.loss);
    std::printf("barrier: %.2f %% of test error, %.4f of test loss\n", 100 * found.error_barrier,
                found.loss_barrier);
  }
  Json line = Json::object({{"from", from}, {"to", to}});
  const Json path = found.to_json();  // a loop over a temporary's members would outlive it
  for (const auto& [key, value] : path.members()) line.set(key, value);
  make_directory(directory.path());
  AppendFile(directory.connectivity()).append(dump_line(line));
  return 0;
}

int lottery(const Options& options) {
  ConfigFile file = load_config(options.config, options.overrides);
  if (Json* const plan = file.json.is_object() ? file.json.find("lottery") : nullptr;
      plan != nullptr && plan->is_object() && !options.init_from.empty())
    plan->set("init_from", options.init_from);
  const auto read = [&] {
    LotteryConfig config = read_lottery_config(file.json, file.name);
    if (options.threads > 0) config.threads = options.threads;
    return config;
  };
  LotteryConfig config = read();
  const LotteryDirectory directory(options.out.empty() ? "runs/" + config.name : options.out);
  if (!options.connect.empty()) return connect_levels(std::move(config), directory, options);
  const LotteryPlan& plan = config.lottery;
  const std::vector<int> levels =
      options.levels.empty() ? count_from(0, plan.levels + 1) : parse_levels(options.levels);
  const auto [last, method] = plan.branches.last();
  require(last <= std::max(plan.levels, levels.back()), Failure::Usage, file.name, ": lottery.branches.",
          word_of(method), ": level ", last, " is never reached, since lottery.levels is ", plan.levels,
          "; prune further, or leave it out");
  const std::vector<int> replicates =
      options.replicate > 0 ? std::vector<int>{options.replicate} : count_from(1, plan.replicates);
  directory.require_same(write_config(config));
  catch_signals();
  for (size_t number = 0; number < replicates.size(); ++number) {
    const int replicate = replicates[number];
    LotteryReplicate hunt(read(), directory, replicate, options.data_directory,
                          options.quiet ? Verbosity::Quiet : Verbosity::Normal);
    directory.start(write_config(config));  // now that nothing is wrong with it
    hunt.among(static_cast<int>(number) + 1, static_cast<int>(replicates.size()));
    const Outcome outcome = hunt.run(levels, stop_requested);
    directory.gather();  // also when all was done: the process before may have been killed ahead of this
    if (std::filesystem::exists(directory.levels()))
      write_file_atomically(directory.report(), report_page({directory.path()}));
    if (outcome == Outcome::Interrupted) return kInterruptedExit;
  }
  if (!options.quiet)
    std::printf("%s: %zu levels of %zu replicate%s finished\n", directory.path().c_str(), levels.size(),
                replicates.size(), replicates.size() == 1 ? "" : "s");
  return 0;
}

}  // namespace

Command add_lottery(Program& program) {
  const auto options = std::make_shared<Options>();
  CommandLine line = program.command(
      "lottery", "Prune and retrain in rounds: lottery tickets, rewinding, fine-tuning; run again = carry on",
      "  pare lottery configs/lottery/lenet300_mnist.json --levels 0-7\n"
      "  pare lottery configs/lottery/lenet300_mnist.json --replicate 2 --threads 1");
  line.argument("CONFIG", options->config, "a config with a section \"lottery\"");
  line.path("--out", options->out, "directory of the experiment (default: runs/NAME)");
  line.overrides(options->overrides, "change one value: --set lottery.levels=5 --set seed=7");
  line.path(
      "--init-from", options->init_from,
      "a trained network to prune: a checkpoint, a model.pare or the directory of a run (lottery.init_from)");
  line.text("--levels", options->levels,
            "only these levels: 0-20, 3 or 0-2,5-8 (default: those of the config, which may be fewer)");
  line.integer("--replicate", options->replicate, 1, 1000,
               "only this replicate, which may be beyond the config's; several may run side by side "
               "(default: all of the config)");
  line.texts("--connect", options->connect, 2,
             "two finished levels, such as DIR/replicate_1/level_3/main: the error on the straight line "
             "between their weights, instead of training");
  line.exclude("--connect", "--levels");
  line.exclude("--connect", "--replicate");
  line.threads(options->threads, "all usable CPUs");
  line.data_directory(options->data_directory);
  line.flag("--quiet", options->quiet, "print nothing but errors");
  return [options] { return lottery(*options); };
}

}  // namespace pare
