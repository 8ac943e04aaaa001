#include "train/run/saved_run.h"

#include <algorithm>
#include <utility>

#include "framework/config/config.h"
#include "train/config/config_file.h"
#include "train/metrics/resources.h"

namespace pare {

SavedRun::SavedRun(Experiment& experiment, std::string checkpoint, const std::string& metrics)
    : checkpoint_(std::move(checkpoint)),
      every_(experiment.config().checkpoint_every),
      images_(experiment.training_examples().fingerprint()),
      spec_(experiment.spec()),
      resolved_config_(write_config(experiment.config())),
      metrics_(metrics) {
  if (const Teacher* const teacher = experiment.teacher()) teacher_ = teacher->fingerprint();
  if (const TargetScale* const scale = experiment.task().target_scale()) targets_ = *scale;
  start_clocks();
}

void SavedRun::start_clocks() {
  started_at_ = wall_clock() - progress_.costs.wall_seconds;
  cpu_started_at_ = cpu_clock() - progress_.costs.cpu_seconds;
  epoch_started_at_ = wall_clock() - progress_.costs.epoch_seconds;
}

void SavedRun::resume(Network& network, const char* advice, Epochs epochs) {
  const Checkpoint checkpoint = load_checkpoint(checkpoint_);
  Json before = resolve_again<RunConfig>(checkpoint.config, checkpoint_), now = resolved_config_;
  if (epochs == Epochs::MayDiffer) {
    before = without(std::move(before), "epochs");
    now = without(std::move(now), "epochs");
  }
  require_same_config(before, now, checkpoint_ + " is from another config", advice);
  const std::optional<uint32_t> images = checkpoint.progress.images;
  require(!images || *images == images_, Failure::Data, checkpoint_,
          " was trained on other images than those that are here under the same name; take the ones it began "
          "with (--data-dir), or train into another --out");
  require(
      checkpoint.progress.targets == targets_, Failure::Data, checkpoint_,
      " was trained on numbers to predict in another scale, as versions before loss.scale_targets did; go on "
      "with that version, or train into another --out");
  require(checkpoint.progress.teacher == teacher_, Failure::Data, checkpoint_,
          " was taught by other files than those that teacher.model names now; put those back, or train into "
          "another --out");
  restore(network, checkpoint);
  progress_ = checkpoint.progress;
  metrics_.truncate(progress_.metrics_bytes);
  start_clocks();
  epoch_is_whole_ = progress_.costs.epoch_seconds == 0;
}

bool SavedRun::is_due(const Position& position) const {
  return position.step % std::max<int64_t>(1, every_.iterations(position.steps_per_epoch)) == 0;
}

void SavedRun::save(Network& network) {
  metrics_.sync();
  progress_.costs = costs();
  progress_.metrics_bytes = metrics_.size();
  progress_.images = images_;
  progress_.teacher = teacher_;
  progress_.spec = spec_;
  progress_.targets = targets_;
  save_checkpoint(checkpoint_, resolved_config_, network, progress_);
}

Costs SavedRun::costs() const {
  Costs costs = progress_.costs;
  costs.wall_seconds = wall_clock() - started_at_;
  costs.cpu_seconds = cpu_clock() - cpu_started_at_;
  costs.epoch_seconds = wall_clock() - epoch_started_at_;
  return costs;
}

void SavedRun::begin_epoch() {
  epoch_started_at_ = wall_clock();
  energy_.lap();
  epoch_is_whole_ = true;
}

std::optional<double> SavedRun::epoch_joules() {
  const std::optional<double> joules = energy_.lap();
  return epoch_is_whole_ ? joules : std::nullopt;
}

}  // namespace pare
