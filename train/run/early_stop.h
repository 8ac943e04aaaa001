// EarlyStop: which epoch was the best by a validation metric, and whether training should end before its
// time.
#pragma once

#include <optional>
#include <string>

#include "framework/json/json.h"

namespace pare {

class Fields;
class Task;

struct EarlyStopConfig {
  std::string metric = "loss";
  int patience = 0;              // epochs; 0: no end
  std::optional<double> goal{};  // nothing: no end
  bool keep_best = false;

  bool used() const { return patience > 0 || goal || keep_best; }
  void describe(Fields& fields);
};

class EarlyStop {
 public:
  // `task` says whether more of the metric is better.
  EarlyStop(EarlyStopConfig config, const Task& task);

  // Takes the lines of metrics.jsonl, one an epoch, in order; those of a resumed run again. Files above
  // `most_bytes`, unless that is 0, are never the best.
  void see(const Json& line, int64_t most_bytes);

  bool keeps_best() const { return config_.keep_best; }
  // The line of the best epoch so far, of equal ones the first; null before there is one.
  const Json& best() const { return best_; }
  bool best_is_last() const { return best_.is_object() && epochs_since_best_ == 0; }
  // Why training ends now; empty while it does not.
  const std::string& over() const { return over_; }

 private:
  EarlyStopConfig config_;
  std::string key_;
  bool more_is_better_;
  Json best_;
  std::optional<double> best_value_;  // of any file, whatever its bytes
  int epochs_since_improved_ = 0, epochs_since_best_ = 0;
  std::string over_;
};

}  // namespace pare
