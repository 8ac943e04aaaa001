#include "cli/saved_run.h"

#include <algorithm>

#include "cli/config_file.h"
#include "cli/resources.h"
#include "framework/config/config.h"

namespace pare {

SavedRun::SavedRun(RunConfig& config, std::string checkpoint, const std::string& metrics)
    : checkpoint_(std::move(checkpoint)),
      every_(config.checkpoint_every),
      resolved_config_(write_config(config)),
      metrics_(metrics) {
  start_clocks();
}

void SavedRun::start_clocks() {
  started_at_ = wall_clock() - progress_.costs.wall_seconds;
  cpu_started_at_ = cpu_clock() - progress_.costs.cpu_seconds;
  epoch_started_at_ = wall_clock() - progress_.costs.epoch_seconds;
}

void SavedRun::resume(Network& network, const char* advice) {
  const Checkpoint checkpoint = load_checkpoint(checkpoint_);
  require_same_config(resolve_again<RunConfig>(checkpoint.config, checkpoint_), resolved_config_,
                      checkpoint_ + " is from another config", advice);
  restore(network, checkpoint);
  progress_ = checkpoint.progress;
  metrics_.truncate(progress_.metrics_bytes);
  start_clocks();
}

bool SavedRun::is_due(const Position& position) const {
  return position.step % std::max<int64_t>(1, every_.iterations(position.steps_per_epoch)) == 0;
}

void SavedRun::save(Network& network) {
  metrics_.sync();
  progress_.costs = costs();
  progress_.metrics_bytes = metrics_.size();
  save_checkpoint(checkpoint_, resolved_config_, network, progress_);
}

Costs SavedRun::costs() const {
  Costs costs = progress_.costs;
  costs.wall_seconds = wall_clock() - started_at_;
  costs.cpu_seconds = cpu_clock() - cpu_started_at_;
  costs.epoch_seconds = wall_clock() - epoch_started_at_;
  return costs;
}

void SavedRun::begin_epoch() { epoch_started_at_ = wall_clock(); }

}  // namespace pare
