#include "train/run/run.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <utility>

#include "compress/self_compression/size_loss.h"
#include "framework/config/config.h"
#include "framework/files/file.h"
#include "framework/kernels/elementwise/precision.h"
#include "framework/parallel/isa.h"
#include "train/config/config_file.h"
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
        return {experiment.config(), experiment.training_examples(), experiment.spec(),
                directory_.checkpoint(), directory_.metrics()};
      }()),
      events_(directory_.events()),
      line_(verbosity) {
  if (start != Start::Resume && start != Start::Extend) return;
  saved_.resume(experiment_.network(), kAdvice,
                start == Start::Extend ? SavedRun::Epochs::MayDiffer : SavedRun::Epochs::Same);
  const int64_t done = saved_.progress().state.step, total = experiment_.total_steps();
  require(done <= total, Failure::Usage, directory_.checkpoint(), " is at step ", done,
          ", and epochs asks for ", total, " in all; ask for more, or train into another --out");
  std::filesystem::remove(directory_.summary());  // from here on it is not finished any more
  write_file_atomically(directory_.config(), dump(saved_.resolved_config()) + "\n");  // may have been damaged
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
                 batches.images_per_epoch(), " images an epoch, ", experiment_.config().threads,
                 experiment_.config().threads == 1 ? " thread" : " threads"));
  if (trainer.run(batches, experiment_.schedule(), saved_.progress().state, experiment_.total_steps(),
                  stop) == Outcome::Interrupted) {
    save();
    line_.warn("interrupted; everything is saved in " + directory_.path() + ", " + how_to_go_on);
    return Outcome::Interrupted;
  }
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
                          validation.examples > 0 ? "validation " + task.said(validation.metric())
                                                  : "train " + task.said(state.metric_sum / images),
                          mean_bits(experiment_.network(), experiment_.original_weights()),
                          channels_of(experiment_.network()),
                          std::ssize(file.snapshot.bytes),
                          costs.epoch_seconds,
                          images / costs.epoch_seconds};
  const char* const metric = task.metric();
  Json line = Json::object({{"epoch", epoch},
                            {"step", state.step},
                            {"loss", rounded(state.loss_sum / images)},
                            {"task_loss", rounded(news.loss)},
                            {text("train_", metric), rounded(news.train_metric)}});
  if (validation.examples > 0) {
    line.set("validation_loss", rounded(validation.loss));
    line.set(text("validation_", metric), rounded(validation.metric()));
  }
  line.set("mean_bits", rounded(news.mean_bits));
  line.set("live_channels", live_channels(experiment_.network()));
  line.set("bytes", news.bytes);
  line.set("layers", layer_measures(experiment_.network()));
  line.set("train_flops", costs.train_flops);
  line.set("train_flops_dense", costs.train_flops_dense);
  line.set("seconds", rounded(costs.epoch_seconds));
  line.set("images_per_second", rounded(news.images_per_second));
  saved_.metrics().append(dump_line(line));
  events_.append(epoch_event(line, seconds_since_1970()));
  const Batches batches = experiment_.training_batches();
  const int64_t epochs = (experiment_.total_steps() + batches.per_epoch() - 1) / batches.per_epoch();
  line_.epoch(news, epochs);
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
  return choose ? choose_grid(experiment_, position, std::move(made))
                : candidate_now(experiment_, std::move(made));
}

void Run::save() {
  events_.sync();
  saved_.progress().events_bytes = events_.size();
  saved_.progress().method = experiment_.method().state();
  saved_.save(experiment_.network());
}

void Run::finish() {
  Network& network = experiment_.network();
  save();
  const double bits_fraction = mean_bits(network, experiment_.original_weights()) / 32;
  const Score before = score_now(experiment_.config().precision);
  experiment_.method().finish(network);
  const auto [score, bytes] = experiment_.write_model(directory_.model());
  require(std::isfinite(score.loss), Failure::Diverged, "training diverged: the loss of ", directory_.model(),
          " on the test images is ", score.loss, "; try a smaller learning rate");
  const auto weights = static_cast<double>(experiment_.original_weights());
  const int64_t dense_bytes = 4 * experiment_.original_parameters();
  const TrainingState& state = saved_.progress().state;
  const Costs total = saved_.progress().costs;
  const int64_t target = experiment_.method().target_bytes();
  Json summary =
      Json::object({{"name", experiment_.config().name},
                    {"seed", experiment_.config().seed},
                    {"threads", experiment_.config().threads},
                    {"precision", experiment_.config().precision == DType::F32 ? "f32" : "bf16"},
                    {"onednn", onednn_version()},
                    {"isa", name(isa())},
                    {text("test_", experiment_.task().metric()), score.metric()},
                    {"test_loss", rounded(score.loss)},
                    {"model_bytes", bytes},
                    {"dense_bytes", dense_bytes},
                    {"bits_fraction", rounded(bits_fraction)},
                    {"weights_fraction", rounded(static_cast<double>(network.weight_count()) / weights)},
                    {"channels", channels_of(network)},
                    {"epochs", rounded(static_cast<double>(state.step) /
                                       static_cast<double>(experiment_.training_batches().per_epoch()))},
                    {"steps", state.step},
                    {"wall_seconds", rounded(total.wall_seconds)},
                    {"cpu_seconds", rounded(total.cpu_seconds)},
                    {"train_flops", total.train_flops},
                    {"train_flops_dense", total.train_flops_dense},
                    {"peak_memory_bytes", peak_memory_bytes()}});
  if (target > 0) {
    summary.set("target_bytes", target);
    summary.set("target_met", bytes <= target);
  }
  write_file_atomically(directory_.summary(), dump(summary) + "\n");
  write_report(directory_);
  line_.say(text(directory_.model(), ": ", with_thousands(bytes),
                 " bytes (dense: ", with_thousands(dense_bytes), "), ",
                 experiment_.task().said(score, "test"), ", ", as_duration(total.wall_seconds)));
  warn_of_loss(before, score_now(DType::F32));
  if (target > 0) say_if_target_is_missed(bytes, target);
  constexpr double kLuck = 1.5;  // how many times as good as guessing is still no sign of learning
  if (experiment_.task().counts_examples() &&
      score.metric() * static_cast<double>(experiment_.spec().classes.size()) < kLuck)
    line_.say("that is hardly better than guessing; try a smaller optimizer.lr" +
              std::string(experiment_.original_weights() > network.weight_count()
                              ? ", or smaller compress.gamma and compress.rate"
                              : ""));
}

// Of the run's network, on the validation images, or on the test images when there are none.
Score Run::score_now(DType precision) {
  const bool validates = experiment_.config().data.validation > 0;
  return evaluate(experiment_.network(), experiment_.task(),
                  validates ? experiment_.validation_batches(precision) : experiment_.test_batches(precision),
                  precision);
}

void Run::warn_of_loss(const Score& before, const Score& file) {
  constexpr double kLoss = 0.0015;  // of all examples, or of the error
  constexpr double kChance = 3;     // examples that any change of a number may turn
  const Task& task = experiment_.task();
  if (task.counts_examples()) {
    const double lost = before.metric_sum - file.metric_sum;
    if (lost <= std::max(kChance, kLoss * static_cast<double>(file.examples))) return;
  } else if (file.metric_sum <= before.metric_sum * (1 + kLoss)) {
    return;
  }
  const char* const part = experiment_.config().data.validation > 0 ? "validation" : "test";
  line_.warn(text("writing ", directory_.model(), " cost ", task.metric(), ": ", task.said(before, part),
                  " before, ", task.said(file.metric()),
                  " in the file; try more epochs or a smaller compress.bits_lr"));
}

void Run::say_if_target_is_missed(int64_t bytes, int64_t target) {
  constexpr double kNear = 0.97;  // of the target
  const double share = static_cast<double>(bytes) / static_cast<double>(target);
  if (share >= kNear && share <= 1) return;
  line_.say(text(
      "the file misses compress.target_bytes of ", with_thousands(target), " by ",
      std::ceil(1000 * std::fabs(share - 1)) / 10, " %: it is too ", share > 1 ? "large" : "small",
      share > 1
          ? "; try more epochs or a smaller network"
          : "; try more epochs, smaller compress.rate and compress.gamma, or, if those do not help, a wider "
            "network and more compress.bits"));
}

}  // namespace pare
