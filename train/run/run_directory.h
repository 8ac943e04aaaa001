// RunDirectory: where a run leaves its files, under names that scripts rely on.
#pragma once

#include <string>

#include "framework/json/json.h"

namespace pare {

class RunDirectory {
 public:
  explicit RunDirectory(std::string path) : path_(std::move(path)) {}

  // Makes runs/NAME, or the first of runs/NAME-2, runs/NAME-3, ... that is not there yet.
  static RunDirectory fresh(const std::string& name);

  const std::string& path() const { return path_; }
  std::string config() const { return path_ + "/config.json"; }
  std::string metrics() const { return path_ + "/metrics.jsonl"; }
  std::string checkpoint() const { return path_ + "/checkpoint.safetensors"; }
  std::string model() const { return path_ + "/model.pare"; }
  std::string summary() const { return path_ + "/summary.json"; }
  std::string best() const { return path_ + "/best.pare"; }  // the file after the best epoch so far
  std::string evaluation() const { return path_ + "/evaluation.json"; }
  std::string events() const { return path_ + "/events.out.tfevents.pare"; }  // TensorBoard wants "tfevents"
  std::string teacher() const { return path_ + "/teacher"; }  // the directory of its own teacher's run
  std::string report() const { return path_ + "/report.html"; }

  // Throws Failure::Usage when `path` is the name of an existing file that a run goes on with or has left,
  // its report aside: output for other programs must not take its place.
  static void require_none_of(const std::string& path);

  // The file a network is read from: a path to a file as it is; of a run's directory its model, or the
  // checkpoint if it is not finished.
  static std::string model_at(const std::string& path);
  // The same for first values: the checkpoint, whose batch norms are not folded, or the model.
  static std::string first_values_at(const std::string& path);

  bool holds_run() const;
  // Throws Failure::Usage when it does.
  void require_no_run() const;
  bool finished() const;
  // Makes the directory and the config in it; throws Failure::Data when it cannot be written, and
  // Failure::Usage when it already holds a run, or files of others under names that a run writes.
  void start(const Json& resolved_config) const;
  // The same where start_of found that a run of the same config may have begun and been killed before its
  // first checkpoint: what it left is cleared away. Throws Failure::Usage, and touches nothing, when files
  // there are of no run.
  void start_again(const Json& resolved_config) const;

 private:
  std::string path_;
};

}  // namespace pare
