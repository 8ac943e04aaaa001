// pare sweep CONFIG
#include <chrono>
#include <filesystem>
#include <memory>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "cli/interrupt.h"
#include "framework/config/config.h"
#include "framework/files/file.h"
#include "train/config/config_file.h"
#include "train/config/sweep_plan.h"
#include "train/metrics/progress.h"
#include "train/report/page.h"
#include "train/train.h"

namespace pare {
namespace {

struct Options {
  std::string config, out, shard = "0/1", init_from, data_directory;
  std::vector<std::string> overrides;
  int threads = 0;
  bool dry_run = false, quiet = false;
};

// A word for what is done of a run.
const char* state_of(const RunDirectory& directory, RunConfig config) {
  if (!directory.finished() && !std::filesystem::exists(directory.checkpoint())) return "to do";
  try {
    require_same_run(directory, config);
  } catch (const Error&) {
    return "differs";
  }
  return directory.finished() ? "finished" : "half done";
}

Outcome carry_out(RunConfig config, const RunDirectory& directory, const Options& options) {
  TrainOptions training;
  training.out = directory.path();
  training.resume = true;
  training.init_from = options.init_from;
  training.data_directory = options.data_directory;
  training.verbosity = options.quiet ? Verbosity::Quiet : Verbosity::Normal;
  training.stop = stop_requested;
  training.how_to_go_on = "the same command carries on";
  return train(std::move(config), training);
}

// The runs to come take as long as those that were trained here.
void say_which(size_t number, size_t count, const std::string& name, size_t trained,
               std::chrono::steady_clock::time_point started) {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  std::printf("run %zu of %zu, %s", number, count, name.c_str());
  if (trained > 0)
    std::printf(", about %s left",
                as_duration(seconds / static_cast<double>(trained) * static_cast<double>(count - number + 1))
                    .c_str());
  std::printf("\n");
  std::fflush(stdout);
}

int sweep(const Options& options) {
  const ConfigFile file = load_config(options.config, options.overrides);
  const std::vector<SweepRun> runs = expand_sweep(file.json, file.name);
  for (const std::string& assignment : options.overrides)
    for (const auto& [path, values] : file.json.find("sweep")->members())
      require(!paths_meet(assignment.substr(0, assignment.find('=')), path), Failure::Usage, "--set ",
              assignment, ": ", options.config, " tries several values of ", path,
              "; change them by --set 'sweep={\"", path, "\":[...]}'");
  for (const auto& [path, values] : file.json.find("sweep")->members())
    require(options.threads == 0 || !paths_meet(path, "threads"), Failure::Usage, "--threads ",
            options.threads, ": ", options.config,
            " tries several numbers of threads; leave one of the two out");
  const Shard shard = parse_shard(options.shard);
  const auto read = [&](const SweepRun& run) {
    auto config = read_config<RunConfig>(run.config, file.name + " (" + run.name + ")");
    if (options.threads > 0) config.threads = options.threads;
    return config;
  };
  for (const SweepRun& run : runs) read(run);  // a typo in the last run is said before the first one trains
  const Json& name = *file.json.find("name");
  require(name.is_string(), Failure::Usage, file.name, ": name: expected text, got ", summary(name));
  require_usable_name(name.string());
  const std::string out = options.out.empty() ? "runs/" + name.string() : options.out;
  if (!options.dry_run) catch_signals();
  size_t mine = 0;
  std::vector<std::string> failed;
  int exit_code = 0;
  size_t of_mine = 0;
  for (size_t i = 0; i < runs.size(); ++i) of_mine += shard.has(i) ? 1 : 0;
  const auto started = std::chrono::steady_clock::now();
  size_t trained = 0;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (!shard.has(i)) continue;
    ++mine;
    const RunDirectory directory(out + "/" + runs[i].name);
    if (options.dry_run) {
      std::printf("%-9s  %s\n", state_of(directory, read(runs[i])), directory.path().c_str());
      continue;
    }
    if (!options.quiet) say_which(mine, of_mine, runs[i].name, trained, started);
    if (!directory.finished()) ++trained;
    try {
      if (carry_out(read(runs[i]), directory, options) == Outcome::Interrupted) return kInterruptedExit;
    } catch (const Error& error) {
      std::fprintf(stderr, "pare: %s: %s\n", runs[i].name.c_str(), error.what());
      failed.push_back(runs[i].name);
      if (exit_code == 0) exit_code = static_cast<int>(error.failure());
    }
  }
  if (options.dry_run) return 0;
  try {
    std::vector<std::string> faults;
    if (mine > failed.size()) write_file_atomically(out + "/report.html", report_page({out}, &faults));
    for (const std::string& fault : faults)
      std::fprintf(stderr, "pare: not in the report: %s\n", fault.c_str());
    if (!faults.empty() && exit_code == 0) exit_code = static_cast<int>(Failure::Data);
  } catch (const Error& error) {
    std::fprintf(stderr, "pare: no report: %s\n", error.what());
    if (exit_code == 0) exit_code = static_cast<int>(error.failure());
  }
  if (!options.quiet || !failed.empty())
    std::fprintf(failed.empty() ? stdout : stderr, "%s: %zu of %zu runs finished%s\n", out.c_str(),
                 mine - failed.size(), mine, failed.empty() ? "" : ", the others failed (see above)");
  return exit_code;
}

}  // namespace

Command add_sweep(Program& program) {
  const auto options = std::make_shared<Options>();
  CommandLine line = program.command(
      "sweep", "Train every combination of a config's section \"sweep\"; run again = carry on",
      "  pare sweep configs/sweep/fashion_frontier.json --dry-run\n"
      "  pare sweep configs/sweep/fashion_frontier.json --shard 0/4");
  line.argument("CONFIG", options->config,
                "a config of pare train with \"sweep\": {\"path.to.key\": [values], ...}");
  line.path("--out", options->out, "directory of the runs (default: runs/ and the config's name)");
  line.path("--init-from", options->init_from,
            "first values of every run: a checkpoint, a model.pare or the directory of a run");
  line.text("--shard", options->shard,
            "only this part, for job arrays: 0/4 to 3/4 (or 1/4 to 4/4) are four that share the work");
  line.overrides(options->overrides, "change one value for all runs: --set epochs=3");
  line.threads(options->threads, "all usable CPUs");
  line.data_directory(options->data_directory);
  line.flag("--dry-run", options->dry_run, "only list the runs, and what is done of them");
  line.flag("--quiet", options->quiet, "print nothing but errors");
  return [options] { return sweep(*options); };
}

}  // namespace pare
