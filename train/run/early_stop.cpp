#include "train/run/early_stop.h"

#include <algorithm>
#include <cmath>

#include "framework/config/fields/fields.h"
#include "train/task/task.h"

namespace pare {

void EarlyStopConfig::describe(Fields& fields) {
  fields.text("metric", metric,
              "validation metric to go by, as metrics.jsonl calls it without \"validation_\"");
  fields.integer("patience", patience, Range::between(0, 1 << 20),
                 "training ends after so many epochs without a better value; 0: it does not");
  fields.number("goal", goal, Range::any(), "training ends once the metric is as good as this");
  fields.flag(
      "keep_best", keep_best,
      "model.pare is the file of the best epoch (with target_bytes: of those within it), not of the last");
}

namespace {

bool more_is_better(const std::string& name, const Task& task) {
  if (name == task.metric()) return task.counts_examples();
  const auto& kinds = metric_kinds();
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const MetricKind& k) { return k.name == name; });
  return found == kinds.end() || found->more_is_better;
}

}  // namespace

EarlyStop::EarlyStop(EarlyStopConfig config, const Task& task)
    : config_(std::move(config)),
      key_("validation_" + config_.metric),
      more_is_better_(more_is_better(config_.metric, task)) {}

void EarlyStop::see(const Json& line, int64_t most_bytes) {
  if (!config_.used()) return;
  const Json* const found = line.find(key_);
  const double value = found != nullptr && found->is_number() ? found->number() : NAN;
  const auto beats = [&](double other) { return more_is_better_ ? value > other : value < other; };
  ++epochs_since_improved_;
  ++epochs_since_best_;
  if (std::isfinite(value) && (!best_value_ || beats(*best_value_))) {
    best_value_ = value;
    epochs_since_improved_ = 0;
  }
  const Json* const bytes = line.find("bytes");
  const bool fits =
      most_bytes == 0 || (bytes != nullptr && bytes->number() <= static_cast<double>(most_bytes));
  if (fits && std::isfinite(value) && (best_.is_null() || beats(best_.find(key_)->number()))) {
    best_ = line;
    epochs_since_best_ = 0;
  }
  if (config_.goal && std::isfinite(value) && (value == *config_.goal || beats(*config_.goal)))
    over_ = text("validation ", config_.metric, " is ", value, ", and early_stop.goal ", *config_.goal);
  else if (config_.patience > 0 && epochs_since_improved_ >= config_.patience)
    over_ = text("no better validation ", config_.metric, " for ", epochs_since_improved_,
                 " epochs (early_stop.patience)");
}

}  // namespace pare
