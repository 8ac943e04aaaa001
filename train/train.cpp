#include "train/train.h"

#include "train/run/first_values.h"

namespace pare {
namespace {

void say(const TrainOptions& options, const std::string& line) {
  if (options.verbosity != Verbosity::Quiet) std::printf("%s\n", line.c_str());
}

// The same network, trained in the same way on the same examples, but not compressed.
RunConfig dense_twin(const RunConfig& config) {
  RunConfig twin = config;
  twin.compress = choose(method_table(), "none");
  twin.activations.reset();
  twin.teacher.reset();
  return twin;
}

// Trains the twin that is to teach the run in `options.out`, unless the run is past its beginning and so had
// its teacher, and names it in the config.
Outcome train_own_teacher(RunConfig& config, const TrainOptions& options) {
  const RunDirectory run(options.out), teacher(run.teacher());
  if (!options.resume) run.require_no_run();
  config.teacher->models = {teacher.path()};
  if (run.holds_run() && teacher.finished()) return Outcome::Finished;
  say(options, "the teacher: the same network, dense, in " + teacher.path());
  TrainOptions its = options;
  its.out = teacher.path();
  its.longer = Longer::No;
  its.init_from.clear();
  if (its.how_to_go_on.empty()) its.how_to_go_on = "--out " + options.out + " --resume goes on";
  return train(dense_twin(config), its);
}

}  // namespace

std::string initialise(Experiment& experiment, const std::string& place, double least) {
  const std::string path = RunDirectory::first_values_at(place);
  const Found found = initialise_from(experiment.network(), path);
  if (experiment.spec().classes.empty() && found.last_layer)
    change_units(experiment.network(), found.targets ? &*found.targets : nullptr,
                 experiment.task().target_scale());
  const double share = static_cast<double>(found.numbers_found) / static_cast<double>(found.numbers_asked);
  require(share >= least, Failure::Usage, path, ": has first values of ", said_of(found), ": ",
          static_cast<int>(100 * share), " % of the network's numbers; less than ",
          static_cast<int>(100 * least), " % is likely to be the wrong file; --init-least says otherwise");
  return text(path, ": first values of ", said_of(found));
}

Outcome train(RunConfig config, const TrainOptions& given) {
  using Start = Run::Start;
  TrainOptions options = given;
  require(!options.resume || !options.out.empty(), Failure::Usage,
          "--resume needs --out DIR, the directory of the run");
  if (config.teacher && config.teacher->is_own()) {
    if (options.out.empty()) options.out = RunDirectory::fresh(config.name).path();
    if (train_own_teacher(config, options) == Outcome::Interrupted) return Outcome::Interrupted;
  }
  Start start = Start::Fresh;
  if (options.resume) {
    const std::optional<Start> found = start_of(RunDirectory(options.out), config, options.longer);
    if (!found) {
      say(options, options.out + " is already finished");
      return Outcome::Finished;
    }
    start = *found;
    if (start == Start::Again && options.longer == Longer::Yes)
      say(options, options.out + ": nothing to go on with, starting from the first step");
  }
  ProgressLine loading(options.verbosity);
  loading.show("loading data");
  Experiment experiment = options.data ? Experiment(std::move(config), *options.data)
                                       : Experiment(std::move(config), options.data_directory);
  loading.done();
  const bool initialises = !options.init_from.empty() && (start == Start::Fresh || start == Start::Again);
  if (initialises) say(options, initialise(experiment, options.init_from, options.init_least));
  // Made as late as possible: a run that cannot begin leaves no directory.
  const RunDirectory directory =
      options.out.empty() ? RunDirectory::fresh(experiment.config().name) : RunDirectory(options.out);
  Run run(experiment, directory, start, options.verbosity);
  if (initialises) run.save();  // a run that is killed and resumed does not ask for them again
  return run.train(options.stop, options.how_to_go_on.empty()
                                     ? "--out " + directory.path() + " --resume goes on"
                                     : options.how_to_go_on);
}

}  // namespace pare
