#include "train/run/run.h"

#include <filesystem>
#include <utility>

#include "compress/self_compression/size_loss.h"
#include "framework/config/config.h"
#include "framework/files/file.h"
#include "train/config/config_file.h"
#include "train/metrics/json_lines.h"
#include "train/metrics/measures.h"
#include "train/metrics/resources.h"
#include "train/metrics/tensorboard.h"
#include "train/report/page.h"

namespace pare {
namespace {

void write_report(const RunDirectory& directory) {
  write_file_atomically(directory.report(), report_page({directory.path()}));
}

Json config_in(const RunDirectory& directory) {
  const std::string file = directory.config();
  return resolve_again<RunConfig>(parse_json(read_text_file(file, kLargestConfig), file, Failure::Data),
                                  file);
}

constexpr const char* kAdvice =
    "resume with the same config (only epochs and threads may differ), or train into another --out";

}  // namespace

void require_same_run(const RunDirectory& directory, RunConfig& config) {
  require_same_config(config_in(directory), write_config(config),
                      directory.path() + " holds a run of another config", "choose another --out");
}

std::optional<Run::Start> start_of(const RunDirectory& directory, RunConfig& config, Longer longer) {
  if (!std::filesystem::exists(directory.path())) return Run::Start::Again;
  const DirectoryLock lock(directory.path());
  const auto resume = longer == Longer::Yes ? Run::Start::Extend : Run::Start::Resume;
  if (directory.finished()) {
    if (longer == Longer::Yes && std::filesystem::exists(directory.checkpoint()) &&
        !(*config_in(directory).find("epochs") == *write_config(config).find("epochs")))
      return resume;  // which looks at the rest
    require_same_run(directory, config);
    if (!std::filesystem::exists(directory.report())) write_report(directory);  // killed just before that
    return std::nullopt;
  }
  if (std::filesystem::exists(directory.checkpoint())) return resume;
  if (std::filesystem::exists(directory.metrics()) && std::filesystem::exists(directory.config()))
    require_same_run(directory, config);
  return Run::Start::Again;
}

Run::Run(Experiment& experiment, RunDirectory directory, Start start, Verbosity verbosity)
    : experiment_(experiment),
      directory_(std::move(directory)),
      lock_(directory_.path()),
      saved_([&]() -> SavedRun {
        const Json config = write_config(experiment.config());
        if (start == Start::Fresh) directory_.start(config);
        if (start == Start::Again) directory_.start_again(config);
        return {experiment, directory_.checkpoint(), directory_.metrics()};
      }()),
      events_(directory_.events()),
      line_(verbosity),
      early_stop_(experiment.config().early_stop, experiment.task()) {
  if (start != Start::Resume && start != Start::Extend) return;
  saved_.resume(experiment_.network(), kAdvice,
                start == Start::Extend ? SavedRun::Epochs::MayDiffer : SavedRun::Epochs::Same);
  const int64_t done = saved_.progress().state.step, total = experiment_.total_steps();
  require(done <= total, Failure::Usage, directory_.checkpoint(), " is at step ", done,
          ", and epochs asks for ", total, " in all; ask for more, or train into another --out");
  std::filesystem::remove(directory_.evaluation());
  std::filesystem::remove(directory_.summary());  // from here on it is not finished any more
  write_file_atomically(directory_.config(), dump(saved_.resolved_config()) + "\n");  // may have been damaged
  for (const Json& line : read_json_lines(directory_.metrics()))
    early_stop_.see(line, experiment_.method().target_bytes());
  const Progress& progress = saved_.progress();
  experiment_.method().restore(progress.method);
  events_.truncate(progress.events_bytes);
  events_.append(Event::restart(progress.state.step + 1, seconds_since_1970()));
  line_.say("resuming " + directory_.path() + " at step " + std::to_string(progress.state.step));
}

Outcome Run::train(const std::function<bool()>& stop, const std::string& how_to_go_on) {
  const Context::Scope scope(experiment_.context());
  const Batches batches = experiment_.training_batches();
  Trainer trainer = experiment_.trainer();
  trainer.add(*this);
  trainer.measure_size([this] {
    snapshot_ = {saved_.progress().state.step, experiment_.snapshot()};
    return std::ssize(snapshot_->file.bytes);
  });
  for (const std::string& note : experiment_.data_notes()) line_.say(note);
  line_.say(text(experiment_.config().name, ": ", with_thousands(experiment_.original_parameters()),
                 " weights and biases, ", experiment_.spec().data, " from ", experiment_.data_folder(), ", ",
                 batches.images_per_epoch(), " images an epoch, ",
                 experiment_.config().precision == DType::BF16 ? "bf16, " : "", experiment_.config().threads,
                 experiment_.config().threads == 1 ? " thread" : " threads"));
  if (const Teacher* const teacher = experiment_.teacher()) line_.say(teacher->said());
  const auto over = [this] { return !early_stop_.over().empty(); };
  if (!over() &&
      trainer.run(batches, experiment_.schedule(), saved_.progress().state, experiment_.total_steps(),
                  [&] { return over() || stop(); }) == Outcome::Interrupted &&
      !over()) {
    save();
    line_.warn("interrupted; everything is saved in " + directory_.path() + ", " + how_to_go_on);
    return Outcome::Interrupted;
  }
  if (over()) line_.say("training ends: " + early_stop_.over());
  finish();
  return Outcome::Finished;
}

void Run::after_step(const Position& position, const TrainingState& state, const StepCosts& costs) {
  Costs& spent = saved_.progress().costs;
  spent.train_flops += costs.flops;
  spent.train_flops_dense += costs.images * experiment_.original_flops();
  line_.step(position, state, experiment_.task());
}

void Run::after_epoch(int64_t epoch, const TrainingState& state) {
  const Costs costs = saved_.costs();
  const auto images = static_cast<double>(state.images);
  // Of the file, which is read in f32, and not of the network in training: no score without its bytes.
  const Candidate file = file_after_epoch(state.step);
  const Score& validation = file.validation;
  const Task& task = experiment_.task();
  const EpochSummary news{epoch,
                          state.task_loss_sum / images,
                          state.metric_sum / images,
                          validation.examples > 0 ? "validation " + task.said(validation)
                                                  : "train " + task.said(state.metric_sum / images),
                          mean_bits(experiment_.network(), experiment_.original_weights()),
                          channels_of(experiment_.network()),
                          std::ssize(file.snapshot.bytes),
                          costs.epoch_seconds,
                          images / costs.epoch_seconds};
  Json line = Json::object({{"epoch", epoch},
                            {"step", state.step},
                            {"loss", rounded(state.loss_sum / images)},
                            {"task_loss", rounded(news.loss)},
                            {text("train_", task.metric()), rounded(news.train_metric)}});
  if (validation.examples > 0) {
    line.set("validation_loss", rounded(validation.loss));
    for (const auto& [name, value] : metrics_of(task, validation))
      line.set("validation_" + name, rounded(value));
  }
  line.set("mean_bits", rounded(news.mean_bits));
  line.set("live_channels", live_channels(experiment_.network()));
  line.set("bytes", news.bytes);
  line.set("layers", layer_measures(experiment_.network()));
  line.set("train_flops", costs.train_flops);
  line.set("train_flops_dense", costs.train_flops_dense);
  line.set("seconds", rounded(costs.epoch_seconds));
  line.set("images_per_second", rounded(news.images_per_second));
  if (const std::optional<double> joules = saved_.epoch_joules()) line.set("joules", rounded(*joules));
  saved_.metrics().append(dump_line(line));
  events_.append(epoch_event(line, seconds_since_1970()));
  early_stop_.see(line, experiment_.method().target_bytes());
  if (early_stop_.keeps_best() && early_stop_.best_is_last())
    write_file_atomically(directory_.best(), file.snapshot.bytes);
  const Batches batches = experiment_.training_batches();
  const int64_t epochs = (experiment_.total_steps() + batches.per_epoch() - 1) / batches.per_epoch();
  line_.epoch(news, {state.step, experiment_.total_steps(), batches.per_epoch()});
  if (epochs > 1 && epoch == (epochs + 1) / 2)
    if (const std::string equal = layers_with_equal_bits(experiment_.network()); !equal.empty())
      line_.say("half of the run is over and all channels of " + equal +
                " still have equal bits; try a larger compress.gamma, compress.rate or compress.bits_lr, or "
                "less warmup");
  saved_.begin_epoch();
}

void Run::settled(const Position& position, const TrainingState&) {
  if (saved_.is_due(position)) save();
}

// The grid is chosen where the network begins to settle, so that what a coarser one saves is still of use.
Candidate Run::file_after_epoch(int64_t step) {
  constexpr double kChosenFrom = 0.6;  // of the run
  const Position position{step, experiment_.total_steps(), experiment_.training_batches().per_epoch()};
  const bool choose = experiment_.method().grids() > 1 && experiment_.config().data.validation > 0 &&
                      static_cast<double>(step) >= kChosenFrom * static_cast<double>(position.total);
  std::optional<Experiment::Snapshot> made;
  if (snapshot_ && snapshot_->step == step) made = std::move(snapshot_->file);
  snapshot_.reset();
  const Watcher watcher = line_.watch("validating");
  return choose ? choose_grid(experiment_, position, std::move(made), watcher)
                : candidate_now(experiment_, std::move(made), watcher);
}

void Run::save() {
  events_.sync();
  saved_.progress().events_bytes = events_.size();
  saved_.progress().method = experiment_.method().state();
  saved_.save(experiment_.network());
}

}  // namespace pare
