#include "train/run/training_run.h"

#include <charconv>
#include <cmath>
#include <filesystem>
#include <utility>

#include "compress/self_compression/size_loss.h"
#include "framework/config/config.h"
#include "framework/files/file.h"
#include "train/config_file.h"
#include "train/report/page.h"
#include "train/run/resources.h"
#include "train/run/tensorboard.h"

namespace pare {
namespace {

double mean(const Tensor& tensor) {
  double sum = 0;
  for (const float value : tensor.floats()) sum += value;
  return sum / static_cast<double>(tensor.size());
}

// "9-18-65-10": channels of the layers with weights.
std::string channels_of(const Network& network) {
  std::string channels;
  for (const Network::Node& node : network.nodes())
    if (node.layer->weight() != nullptr)
      channels += (channels.empty() ? "" : "-") + std::to_string(node.channels.size());
  return channels;
}

// Rounded for people and files: six significant digits.
double rounded(double value) {
  const std::string digits = text(value);
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// One number for each channel the layer began with: the bits that its levels use, log2(2m + 1) up to the
// largest one m, to one decimal, or 0 once it is gone. (A living channel has at least 0.1, so that 0 says
// just one thing.) Learnt depths may lie far above: without the size loss nothing pulls down what no level
// needs.
Json channel_bits(const Network::Node& node, const WeightCode& code) {
  std::vector<Json> all(static_cast<size_t>(node.original_channels), Json(0));
  const auto row = static_cast<size_t>(code.shape.row());
  for (size_t i = 0; i < node.channels.size(); ++i) {
    int32_t largest = 0;
    for (const int32_t level : std::span(code.levels).subspan(i * row, row))
      largest = std::max(largest, std::abs(level));
    all[static_cast<size_t>(node.channels[i])] =
        std::max(1.0, std::round(10 * std::log2(2.0 * largest + 1))) / 10;
  }
  return Json::array(std::move(all));
}

// Names of the layers whose channels all have the same bits, as at the start; 2 is the least they can start
// with, so that below it they have moved.
std::string with_equal_bits(const Network& network) {
  constexpr float kMoved = 0.01f;  // of a bit, between two channels
  constexpr float kLeastAtStart = 2;
  std::string names;
  for (const Network::Node& node : network.nodes()) {
    const Parameter* const bits = node.layer->weight() == nullptr ? nullptr : node.layer->weight()->bits();
    if (bits == nullptr || bits->value.size() < 2 || bits->value.size() != node.original_channels) continue;
    const auto values = bits->value.floats();
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    if (*least >= kLeastAtStart && *most - *least < kMoved) names += (names.empty() ? "" : ", ") + node.name;
  }
  return names;
}

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

std::optional<TrainingRun::Start> start_of(const RunDirectory& directory, RunConfig& config, Longer longer) {
  if (!std::filesystem::exists(directory.path())) return TrainingRun::Start::Again;
  const DirectoryLock lock(directory.path());
  const auto resume = longer == Longer::Yes ? TrainingRun::Start::Extend : TrainingRun::Start::Resume;
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
  return TrainingRun::Start::Again;
}

TrainingRun::TrainingRun(Experiment& experiment, RunDirectory directory, Start start, Verbosity verbosity)
    : experiment_(experiment),
      directory_(std::move(directory)),
      lock_(directory_.path()),
      saved_([&]() -> SavedRun {
        const Json config = write_config(experiment.config());
        if (start == Start::Fresh) directory_.start(config);
        if (start == Start::Again) directory_.start_again(config);
        return {experiment.config(), experiment.training_fingerprint(), directory_.checkpoint(),
                directory_.metrics()};
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
  epoch_images_ = progress.state.images;
  events_.truncate(progress.events_bytes);
  events_.append(Event::restart(progress.state.step + 1, seconds_since_1970()));
  line_.say("resuming " + directory_.path() + " at step " + std::to_string(progress.state.step));
}

Outcome TrainingRun::run(const std::function<bool()>& stop, const std::string& how_to_go_on) {
  const Batches batches = experiment_.training_batches();
  Optimizers optimizers = experiment_.optimizers();
  TrainingLoop loop(batches, experiment_, optimizers, *experiment_.config().schedule,
                    experiment_.parameters());
  loop.add(*this);
  line_.say(text(experiment_.config().name, ": ", with_thousands(experiment_.original_parameters()),
                 " weights and biases, ", experiment_.info().data, " from ", experiment_.data_folder(), ", ",
                 batches.images_per_epoch(), " images an epoch, ", experiment_.config().threads,
                 experiment_.config().threads == 1 ? " thread" : " threads"));
  if (loop.run(saved_.progress().state, experiment_.total_steps(), stop) == Outcome::Interrupted) {
    save();
    line_.warn("interrupted; everything is saved in " + directory_.path() + ", " + how_to_go_on);
    return Outcome::Interrupted;
  }
  finish();
  return Outcome::Finished;
}

void TrainingRun::after_step(const Position& position, const TrainingState& state) {
  const int64_t images = state.images - epoch_images_;
  epoch_images_ = state.images;
  Costs& costs = saved_.progress().costs;
  costs.train_flops += images * experiment_.network().training_flops();
  costs.train_flops_dense += images * experiment_.original_flops();
  Method& method = experiment_.method();
  method.after_step(experiment_.network(), position);
  snapshot_.reset();
  if (const int64_t every = method.size_interval(position); every > 0 && position.step % every == 0) {
    snapshot_ = experiment_.snapshot();
    method.observe_size(std::ssize(snapshot_->bytes), position);
  }
  line_.step(position, state);
}

void TrainingRun::after_epoch(int64_t epoch, const TrainingState& state) {
  const Costs costs = saved_.costs();
  const auto images = static_cast<double>(state.images);
  // Of the file, which is read in f32, and not of the network in training: no score without its bytes.
  const Candidate file = file_after_epoch(state.step);
  const Score& validation = file.validation;
  const EpochNews news{epoch,
                       state.task_loss_sum / images,
                       static_cast<double>(state.correct) / images,
                       validation.images > 0 ? validation.accuracy() : -1,
                       mean_bits(experiment_.network(), experiment_.original_weights()),
                       channels_of(experiment_.network()),
                       std::ssize(file.snapshot.bytes),
                       costs.epoch_seconds,
                       images / costs.epoch_seconds};
  Json line = Json::object({{"epoch", epoch},
                            {"step", state.step},
                            {"loss", rounded(state.loss_sum / images)},
                            {"task_loss", rounded(news.loss)},
                            {"train_accuracy", rounded(news.train_accuracy)}});
  if (validation.images > 0) {
    line.set("validation_loss", rounded(validation.loss));
    line.set("validation_accuracy", rounded(validation.accuracy()));
  }
  int64_t live = 0;
  for (const Network::Node& node : experiment_.network().nodes())
    if (node.layer->weight() != nullptr) live += static_cast<int64_t>(node.channels.size());
  line.set("mean_bits", rounded(news.mean_bits));
  line.set("live_channels", live);
  line.set("bytes", news.bytes);
  line.set("layers", layers_now());
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
    if (const std::string equal = with_equal_bits(experiment_.network()); !equal.empty())
      line_.say("half of the run is over and all channels of " + equal +
                " still have equal bits; try a larger compress.gamma, compress.rate or compress.bits_lr, or "
                "less warmup");
  saved_.begin_epoch();
  epoch_images_ = 0;
}

void TrainingRun::settled(const Position& position, const TrainingState&) {
  if (saved_.is_due(position)) save();
}

// The grid is chosen where the network begins to settle, so that what a coarser one saves is still of use.
Candidate TrainingRun::file_after_epoch(int64_t step) {
  constexpr double kChosenFrom = 0.6;  // of the run
  const Position position{step, experiment_.total_steps(), experiment_.training_batches().per_epoch()};
  const bool choose = experiment_.method().grids() > 1 && experiment_.config().data.validation > 0 &&
                      static_cast<double>(step) >= kChosenFrom * static_cast<double>(position.total);
  std::optional<Experiment::Snapshot> made = std::exchange(snapshot_, std::nullopt);
  return choose ? choose_grid(experiment_, position, std::move(made))
                : candidate_now(experiment_, std::move(made));
}

Json TrainingRun::layers_now() const {
  Json layers = Json::array();
  for (const Network::Node& node : experiment_.network().nodes()) {
    Weight* const weight = node.layer->weight();
    if (weight == nullptr) continue;
    Json layer = Json::object({{"name", node.name},
                               {"channels", node.channels.size()},
                               {"original_channels", node.original_channels}});
    if (const Parameter* bits = weight->bits()) {
      layer.set("bits", rounded(mean(bits->value)));
      layer.set("channel_bits", channel_bits(node, weight->code()));
      layer.set("exponent", rounded(mean(weight->exponents()->value)));
      const auto exponents = weight->exponents()->value.floats();
      layer.set("exponents", Json::array({rounded(*std::min_element(exponents.begin(), exponents.end())),
                                          rounded(*std::max_element(exponents.begin(), exponents.end()))}));
    }
    layers.push(std::move(layer));
  }
  return layers;
}

void TrainingRun::save() {
  events_.sync();
  saved_.progress().events_bytes = events_.size();
  saved_.progress().method = experiment_.method().state();
  saved_.save(experiment_.network());
}

void TrainingRun::finish() {
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
                    {"test_accuracy", score.accuracy()},
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
                 " bytes (dense: ", with_thousands(dense_bytes), "), ", rounded(100 * score.accuracy()),
                 " % of ", score.images, " test images right, ", as_duration(total.wall_seconds)));
  tell_of_loss(before, score_now(DType::F32));
  if (target > 0) tell_of_miss(bytes, target);
  constexpr double kLuck = 1.5;  // how many times as good as guessing is still no sign of learning
  if (score.accuracy() * static_cast<double>(experiment_.info().classes.size()) < kLuck)
    line_.say("that is hardly better than guessing; try a smaller optimizer.lr" +
              std::string(experiment_.original_weights() > network.weight_count()
                              ? ", or smaller compress.gamma and compress.rate"
                              : ""));
}

// Of the run's network, on the validation images, or on the test images when there are none.
Score TrainingRun::score_now(DType precision) {
  const bool validates = experiment_.config().data.validation > 0;
  return evaluate(experiment_.network(),
                  validates ? experiment_.validation_batches(precision) : experiment_.test_batches(precision),
                  precision);
}

void TrainingRun::tell_of_loss(const Score& before, const Score& file) {
  constexpr double kLoss = 0.0015;  // of all images
  constexpr int64_t kChance = 3;    // images that any change of a number may turn
  const int64_t lost = before.correct - file.correct;
  if (lost <= kChance || static_cast<double>(lost) <= kLoss * static_cast<double>(file.images)) return;
  const char* const images = experiment_.config().data.validation > 0 ? " validation" : " test";
  line_.warn(text("writing ", directory_.model(), " cost accuracy: ", rounded(100 * before.accuracy()),
                  " % of ", file.images, images, " images before, ", rounded(100 * file.accuracy()),
                  " % in the file; try more epochs or a smaller compress.bits_lr"));
}

void TrainingRun::tell_of_miss(int64_t bytes, int64_t target) {
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
