// pare train CONFIG
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/options.h"
#include "framework/config/config.h"
#include "train/run/first_values.h"
#include "train/run/training_run.h"

namespace pare {
namespace {

struct Options {
  std::string config, out, data_directory, initialise_from;
  std::vector<std::string> overrides;
  int threads = 0;
  bool resume = false, dry_run = false, quiet = false;
};

void print_plan(Experiment& experiment) {
  std::printf("%s\n", dump(write_config(experiment.config())).c_str());
  for (const Network::Node& node : experiment.network().nodes())
    std::printf("// %-22s %s\n", node.name.c_str(), text(node.layer->output()).c_str());
  std::printf("// %s weights and biases, %s multiply-adds an image, %s steps\n",
              with_thousands(experiment.original_parameters()).c_str(),
              with_thousands(experiment.network().multiply_adds()).c_str(),
              with_thousands(experiment.total_steps()).c_str());
}

int train(const Options& options) {
  require(!options.resume || !options.out.empty(), Failure::Usage,
          "--resume needs --out DIR, the directory of the run");
  if (!options.dry_run) catch_signals();
  RunConfig config = load_run_config(options.config, options.overrides);
  if (options.threads > 0) config.threads = options.threads;
  auto start = TrainingRun::Start::Fresh;
  if (options.resume && !options.dry_run) {
    const auto found = start_of(RunDirectory(options.out), config, Longer::Yes);
    if (!found) {
      if (!options.quiet) std::printf("%s is already finished\n", options.out.c_str());
      return 0;
    }
    start = *found;
    if (start == TrainingRun::Start::Again && !options.quiet)
      std::printf("%s: nothing to go on with, starting from the first step\n", options.out.c_str());
  }
  Experiment experiment(std::move(config), options.data_directory);
  std::string first_values;
  const bool goes_on = start == TrainingRun::Start::Resume || start == TrainingRun::Start::Extend;
  if (!options.initialise_from.empty() && !goes_on) {
    const Found found = initialise_from(experiment.network(), options.initialise_from);
    first_values = text(options.initialise_from, ": first values of ", found.found, " of ", found.asked,
                        " parameters\n");
  }
  if (options.dry_run) {
    print_plan(experiment);
    if (!first_values.empty()) std::printf("// %s", first_values.c_str());
    return 0;
  }
  if (!options.quiet) std::printf("%s", first_values.c_str());
  // Made as late as possible: a run that cannot begin leaves no directory.
  const RunDirectory directory =
      options.out.empty() ? RunDirectory::fresh(experiment.config().name) : RunDirectory(options.out);
  TrainingRun run(experiment, directory, start, options.quiet ? Verbosity::Quiet : Verbosity::Normal);
  if (!first_values.empty()) run.save();  // a run that is killed and resumed does not ask for them again
  const std::string how_to_go_on = "--out " + directory.path() + " --resume goes on";
  return run.run(stop_requested, how_to_go_on) == Outcome::Finished ? 0 : kInterruptedExit;
}

}  // namespace

Command add_train(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* const sub =
      app.add_subcommand("train", "Train a network from a JSON config, and leave a packed model");
  sub->footer(
      "Examples:\n"
      "  pare train configs/quickstart.json\n"
      "  pare train configs/quickstart.json --out runs/small --set compress.target_bytes=4000\n"
      "  pare train configs/quickstart.json --out runs/small --set compress.target_bytes=4000 --resume");
  sub->add_option("CONFIG", options->config, "the config; `pare schema` says what it may hold")->required();
  add_path(*sub, "--out", options->out,
           "directory of the run (default: runs/NAME, or the first of runs/NAME-2, runs/NAME-3, ... "
           "that is free)");
  add_overrides(*sub, options->overrides, "change one value: --set optimizer.lr=0.01 --set precision=bf16");
  sub->add_flag(
      "--resume", options->resume,
      "go on from the checkpoint in --out; a finished run goes on when the config asks for more epochs");
  add_path(*sub, "--init-from", options->initialise_from,
           "first values of the parameters, from a checkpoint, another safetensors file or a model.pare; not "
           "read when --resume goes on");
  add_threads(*sub, options->threads, "all usable CPUs");
  add_data_directory(*sub, options->data_directory);
  sub->add_flag("--dry-run", options->dry_run, "only print the resolved config and the network");
  sub->add_flag("--quiet", options->quiet, "print nothing but errors");
  return [options] { return train(*options); };
}

}  // namespace pare
