// Early stop: when training ends before its epochs are over, and which epoch's file is kept.
#include <doctest/doctest.h>

#include <filesystem>

#include "compress/packed/packed_model.h"
#include "framework/base/rng.h"
#include "framework/config/config.h"
#include "framework/files/file.h"
#include "tests/support/data_fixtures.h"
#include "train/metrics/json_lines.h"
#include "train/run/early_stop.h"
#include "train/run/run_directory.h"
#include "train/task/classification.h"
#include "train/train.h"

using namespace pare;

namespace {

Json line_of(int epoch, double loss, double accuracy, int64_t bytes = 100) {
  return Json::object(
      {{"epoch", epoch}, {"validation_loss", loss}, {"validation_accuracy", accuracy}, {"bytes", bytes}});
}

int64_t best_epoch(const EarlyStop& stop) {
  return stop.best().is_null() ? 0 : stop.best().find("epoch")->integer();
}

// Three clouds that overlap, so that a network that trains for long learns its examples by heart.
std::shared_ptr<ArraySet> clouds(int count, uint64_t seed) {
  Rng rng(seed, "clouds");
  std::vector<float> inputs;
  std::vector<int32_t> labels;
  for (int i = 0; i < count; ++i) {
    const int32_t label = i % 3;
    inputs.insert(inputs.end(),
                  {rng.normal() + (label == 1 ? 1.5f : 0), rng.normal() + (label == 2 ? 1.5f : 0)});
    labels.push_back(label);
  }
  return std::make_shared<ArraySet>(InputShape{1, 1, 2, Element::F32}, std::move(inputs), std::move(labels));
}

Dataset all_clouds() {
  return {{"clouds", {"a", "b", "c"}, {}, {1, 1, 2, Element::F32}}, clouds(160, 1), clouds(200, 2)};
}

RunConfig config_with(const std::string& early_stop, int epochs = 40) {
  Json json = parse_json(R"({"name": "clouds", "threads": 1, "data": {"batch": 10, "validation": 60},
      "network": [{"layer": "linear", "features": 64}, {"layer": "relu"}, {"layer": "linear", "features": 3}],
      "optimizer": {"name": "adam", "lr": 0.02}})",
                         "clouds");
  json.set("epochs", epochs);
  json.set("early_stop", parse_json(early_stop, "early_stop"));
  return read_config<RunConfig>(json, "clouds");
}

struct Ran {
  TemporaryDirectory folder;
  RunDirectory directory{folder.path() + "/run"};

  Outcome go(const RunConfig& config, bool resume = false, int stop_after = 1 << 30) const {
    int steps = 0;
    return train(config, {.out = directory.path(), .resume = resume, .data = all_clouds(), .stop = [&] {
                            return ++steps > stop_after;
                          }});
  }
  Json summary() const { return parse_json(read_text_file(directory.summary(), 1 << 20), "summary"); }
  std::vector<Json> lines() const { return read_json_lines(directory.metrics()); }
  Bytes model() const { return read_file(directory.model(), 1 << 20); }
};

// The epoch with the lowest validation loss, the first of equal ones.
size_t lowest(const std::vector<Json>& lines) {
  size_t best = 0;
  for (size_t i = 1; i < lines.size(); ++i)
    if (lines[i].find("validation_loss")->number() < lines[best].find("validation_loss")->number()) best = i;
  return best;
}

}  // namespace

TEST_CASE("early stop: patience counts epochs without a better value") {
  EarlyStop stop({.metric = "loss", .patience = 2}, Classification());
  const double losses[] = {3, 2, 2, 1.5, 1.6};
  for (int i = 0; i < 5; ++i) {
    stop.see(line_of(i + 1, losses[i], 0.5), 0);
    CHECK(stop.over().empty());
  }
  CHECK(best_epoch(stop) == 4);
  stop.see(line_of(6, 1.5, 0.5), 0);  // as good is not better
  CHECK(contains(stop.over(), "no better validation loss for 2 epochs"));
  CHECK(best_epoch(stop) == 4);
}

TEST_CASE("early stop: a goal is reached from either side, as the metric has it") {
  EarlyStop accuracy({.metric = "accuracy", .goal = 0.9}, Classification());
  accuracy.see(line_of(1, 3, 0.89), 0);
  CHECK(accuracy.over().empty());
  accuracy.see(line_of(2, 3, 0.9), 0);
  CHECK(contains(accuracy.over(), "validation accuracy is 0.9"));
  EarlyStop loss({.metric = "loss", .goal = 0.5}, Classification());
  loss.see(line_of(1, 0.6, 1), 0);
  CHECK(loss.over().empty());
  loss.see(line_of(2, 0.4, 1), 0);
  CHECK(!loss.over().empty());
}

TEST_CASE("early stop: files above the target are never the best, and values that are none neither") {
  EarlyStop stop({.metric = "loss", .patience = 3, .keep_best = true}, Classification());
  stop.see(line_of(1, 1, 0.5, 200), 100);
  CHECK(best_epoch(stop) == 0);
  Json none = line_of(2, 1, 0.5, 50);
  none.set("validation_loss", Json());
  stop.see(none, 100);
  CHECK(best_epoch(stop) == 0);
  stop.see(line_of(3, 2, 0.5, 100), 100);
  CHECK(best_epoch(stop) == 3);
  CHECK(stop.best_is_last());
  stop.see(line_of(4, 3, 0.5, 100), 100);
  CHECK(!stop.best_is_last());
}

TEST_CASE("early stop: a run ends early, and its file is that of the best epoch") {
  const Ran ran;
  REQUIRE(ran.go(config_with(R"({"metric": "loss", "patience": 4, "keep_best": true})")) ==
          Outcome::Finished);
  const std::vector<Json> lines = ran.lines();
  REQUIRE(lines.size() < 40);
  const size_t best = lowest(lines);
  CHECK(lines.size() == best + 5);
  const Json summary = ran.summary();
  CHECK(summary.find("best_epoch")->integer() == static_cast<int64_t>(best) + 1);
  CHECK(summary.find("epochs")->number() == static_cast<double>(lines.size()));
  CHECK(ran.model() == read_file(ran.directory.best(), 1 << 20));
  // It is the very file that a run of so many epochs ends with.
  const Ran shorter;
  REQUIRE(shorter.go(config_with("{}", static_cast<int>(best) + 1)) == Outcome::Finished);
  CHECK(shorter.model() == ran.model());
  CHECK(shorter.summary().find("test_accuracy")->number() == summary.find("test_accuracy")->number());
}

TEST_CASE("early stop: a killed run ends where the whole one does, with the same file") {
  const RunConfig config = config_with(R"({"metric": "loss", "patience": 4, "keep_best": true})");
  const Ran whole;
  REQUIRE(whole.go(config) == Outcome::Finished);
  const Ran parts;
  REQUIRE(parts.go(config, false, 37) == Outcome::Interrupted);
  REQUIRE(parts.go(config, true) == Outcome::Finished);
  CHECK(parts.model() == whole.model());
  CHECK(parts.lines().size() == whole.lines().size());
  // Killed after its last checkpoint, before its summary: there is no step left to do.
  std::filesystem::remove(parts.directory.summary());
  REQUIRE(parts.go(config, true) == Outcome::Finished);
  CHECK(parts.model() == whole.model());
  CHECK(parts.lines().size() == whole.lines().size());
}

TEST_CASE("early stop: the file of another epoch is not taken for the best one's") {
  const RunConfig config = config_with(R"({"metric": "loss", "patience": 4, "keep_best": true})");
  const Ran ran;
  REQUIRE(ran.go(config) == Outcome::Finished);
  const Ran other;
  REQUIRE(other.go(config_with("{}", 1)) == Outcome::Finished);
  write_file_atomically(ran.directory.best(), other.model());
  std::filesystem::remove(ran.directory.summary());
  REQUIRE(ran.go(config, true) == Outcome::Finished);
  CHECK(ran.summary().find("best_epoch") == nullptr);
  CHECK(ran.model() != other.model());
}

TEST_CASE("early stop: a metric that there is not, or no validation examples, is refused") {
  CHECK(failure_of(Failure::Usage, [] {
          Experiment(config_with(R"({"metric": "accurracy", "patience": 1})"), all_clouds());
        }) == "early_stop.metric: there is no accurracy of clouds; there are loss, accuracy, macro_f1");
  RunConfig none = config_with(R"({"patience": 1})");
  none.data.validation = 0;
  CHECK(contains(failure_of(Failure::Usage, [&] { Experiment(std::move(none), all_clouds()); }),
                 "data.validation sets none aside"));
}
