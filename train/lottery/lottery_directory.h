// LotteryDirectory: where a lottery leaves its files.
//
//   DIR/config.json                       the resolved config
//   DIR/levels.jsonl, levels.csv          one line for each finished level of every replicate and branch
//   DIR/report.html                       the same as figures
//   DIR/connectivity.jsonl                a line for each pair of levels that --connect was asked for
//   DIR/replicate_R/level_L/main/         the main run's level
//   DIR/replicate_R/level_L/reinit/ ...   a branch's
// and in each of these: metrics.jsonl, weights.safetensors and mask.safetensors as training left them,
// model.pare, timing.json, and level.json, which is written last: a level is finished when it is there.
#pragma once

#include <string>

#include "compress/lottery/recipe.h"
#include "framework/json/json.h"

namespace pare {

// The files of one level.
struct LevelDirectory {
  std::string path;

  std::string metrics() const { return path + "/metrics.jsonl"; }
  std::string checkpoint() const { return path + "/checkpoint.safetensors"; }
  std::string rewind() const { return path + "/rewind.safetensors"; }  // level 0 at step rewinding_steps
  std::string weights() const { return path + "/weights.safetensors"; }
  std::string mask() const { return path + "/mask.safetensors"; }
  std::string model() const { return path + "/model.pare"; }
  std::string timing() const { return path + "/timing.json"; }
  std::string result() const { return path + "/level.json"; }
  bool finished() const;
  void require_finished() const;  // throws Failure::Usage
  Json read_result() const;       // level.json, of a finished level
};

class LotteryDirectory {
 public:
  explicit LotteryDirectory(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  std::string config() const { return path_ + "/config.json"; }
  std::string levels() const { return path_ + "/levels.jsonl"; }
  std::string connectivity() const { return path_ + "/connectivity.jsonl"; }
  std::string report() const { return path_ + "/report.html"; }
  std::string replicate(int replicate) const { return path_ + "/replicate_" + std::to_string(replicate); }
  LevelDirectory main(int replicate, int level) const { return at(replicate, level, "main"); }
  LevelDirectory branch(int replicate, int level, TicketMethod method) const;

  // That the config already there, if any, is the same but for what may grow later: levels, replicates and
  // branches. Throws Failure::Usage naming the first difference.
  void require_same(const Json& resolved_config) const;
  void start(const Json& resolved_config) const;  // the same, and writes the config

  // Writes levels.jsonl and levels.csv anew from all level.json files. Processes that do so at once leave
  // complete files: the last writer looks once more.
  void gather() const;

 private:
  LevelDirectory at(int replicate, int level, const std::string& name) const;

  std::string path_;
};

}  // namespace pare
