// pare train CONFIG
#include <memory>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "cli/interrupt.h"
#include "framework/config/config.h"
#include "train/train.h"

namespace pare {
namespace {

struct Options {
  std::string config;
  std::vector<std::string> overrides;
  int threads = 0;
  TrainOptions training;
  bool dry_run = false, quiet = false;
};

void print_plan(Experiment& experiment) {
  std::printf("%s\n", dump(write_config(experiment.config())).c_str());
  for (const std::string& note : experiment.data_notes()) std::printf("// %s\n", note.c_str());
  for (const Network::Node& node : experiment.network().nodes())
    std::printf("// %-22s %s\n", node.name.c_str(), text(node.layer->output()).c_str());
  std::printf("// %s weights and biases, %s multiply-adds an image, %s steps\n",
              with_thousands(experiment.original_parameters()).c_str(),
              with_thousands(experiment.network().multiply_adds()).c_str(),
              with_thousands(experiment.total_steps()).c_str());
}

int train(const Options& options) {
  RunConfig config = load_run_config(options.config, options.overrides);
  if (options.threads > 0) config.threads = options.threads;
  if (options.dry_run) {
    Experiment experiment(std::move(config), options.training.data_directory);
    const std::string& first_values = options.training.init_from;
    const std::string line =
        first_values.empty() ? "" : initialise(experiment, first_values, options.training.init_least);
    print_plan(experiment);
    if (!line.empty()) std::printf("// %s\n", line.c_str());
    return 0;
  }
  catch_signals();
  TrainOptions training = options.training;
  training.longer = Longer::Yes;
  training.verbosity = options.quiet ? Verbosity::Quiet : Verbosity::Normal;
  training.stop = stop_requested;
  return train(std::move(config), training) == Outcome::Finished ? 0 : kInterruptedExit;
}

}  // namespace

Command add_train(Program& program) {
  const auto options = std::make_shared<Options>();
  CommandLine line = program.command(
      "train", "Train a network from a JSON config, and leave a packed model",
      "  pare train configs/quickstart.json\n"
      "  pare train configs/quickstart.json --out runs/small --set compress.target_bytes=4000\n"
      "  pare train configs/quickstart.json --out runs/small --set compress.target_bytes=4000 --resume");
  line.argument("CONFIG", options->config, "the config; `pare schema` says what it may hold");
  line.path("--out", options->training.out,
            "directory of the run (default: runs/NAME, or the first of runs/NAME-2, runs/NAME-3, ... "
            "that is free)");
  line.overrides(options->overrides, "change one value: --set optimizer.lr=0.01 --set precision=bf16");
  line.flag(
      "--resume", options->training.resume,
      "go on from the checkpoint in --out; a finished run goes on when the config asks for more epochs");
  line.path("--init-from", options->training.init_from,
            "first values of the parameters, from a checkpoint, another safetensors file, a model.pare or "
            "the directory of a "
            "run; the last layer may have other outputs; not read when --resume goes on");
  line.number("--init-least", options->training.init_least, 0, 1,
              "least share of the network's numbers that --init-from has to have (0.5)");
  line.threads(options->threads, "all usable CPUs");
  line.data_directory(options->training.data_directory);
  line.flag("--dry-run", options->dry_run, "only print the resolved config and the network");
  line.flag("--quiet", options->quiet, "print nothing but errors");
  return [options] { return train(*options); };
}

}  // namespace pare
