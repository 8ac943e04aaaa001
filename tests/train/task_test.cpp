// Tasks: what a run says and stores of a task other than classification.
#include <doctest/doctest.h>

#include "compress/packed/packed_model.h"
#include "framework/base/rng.h"
#include "framework/config/config.h"
#include "framework/files/file.h"
#include "tests/support/data_fixtures.h"
#include "train/run/run.h"
#include "train/task/classification.h"
#include "train/task/regression.h"
#include "train/train.h"

using namespace pare;

namespace {

constexpr const char* kConfig = R"({
  "name": "sums", "threads": 2, "seed": 2, "epochs": 30,
  "data": {"batch": 20, "validation": 40},
  "network": [{"layer": "linear", "features": 8}, {"layer": "relu"}, {"layer": "linear", "features": 2}],
  "optimizer": {"name": "adam", "lr": 0.02},
  "compress": {"method": "self_compress", "bits": 6, "gamma": 0.005, "rate": 0.005}})";

// y = (a + b, a - c) of three measurements.
std::shared_ptr<ArraySet> sums(int count, uint64_t seed) {
  Rng rng(seed, "sums");
  std::vector<float> numbers, targets;
  for (int i = 0; i < count; ++i) {
    const float a = rng.normal(), b = rng.normal(), c = rng.normal();
    numbers.insert(numbers.end(), {a, b, c});
    targets.insert(targets.end(), {a + b, a - c});
  }
  return std::make_shared<ArraySet>(InputShape{1, 1, 3, Element::F32}, std::move(numbers), std::move(targets),
                                    2);
}

Dataset all_sums() {
  Dataset data{{"sums", {}, {}, {1, 1, 3, Element::F32}, {"a + b", "a - c"}}, sums(400, 1), sums(100, 2)};
  return data;
}

}  // namespace

TEST_CASE("task: regression trains, compresses, and its file gives the errors the summary says") {
  const TemporaryDirectory folder;
  const RunDirectory directory(folder.path() + "/run");
  Experiment experiment(read_config<RunConfig>(parse_json(kConfig, "sums"), "sums"), all_sums());
  CHECK(dynamic_cast<const Regression*>(&experiment.task()) != nullptr);
  Run run(experiment, directory, Run::Start::Fresh, Verbosity::Quiet);
  REQUIRE(run.train([] { return false; }, "") == Outcome::Finished);
  const Json summary = parse_json(read_text_file(directory.summary(), 1 << 20), "summary");
  const double error = summary.find("test_absolute_error")->number();
  CHECK(error < 0.3);  // guessing the mean has 1.13
  CHECK(summary.find("test_accuracy") == nullptr);
  CHECK(contains(read_text_file(directory.metrics(), 1 << 20), "\"validation_absolute_error\":"));

  const PackedModel model = read_model(directory.model());
  CHECK(model.spec.values == std::vector<std::string>{"a + b", "a - c"});
  CHECK(model.spec.classes.empty());
  CHECK(model.spec.input == InputShape{1, 1, 3, Element::F32});
  CHECK(model.spec.normalisation.mean == experiment.spec().normalisation.mean);
  CHECK(model.spec.normalisation.deviation == experiment.spec().normalisation.deviation);
  const Score score =
      evaluate(*model.network, *task_of(model.spec), experiment.test_batches(DType::F32), DType::F32);
  CHECK(score.metric() == error);
}

TEST_CASE("task: train() takes examples that the program made itself") {
  const TemporaryDirectory folder;
  auto config = read_config<RunConfig>(parse_json(kConfig, "sums"), "sums");
  config.epochs = {1, Length::Unit::Epochs};
  REQUIRE(train(std::move(config), {.out = folder.path() + "/run", .data = all_sums()}) == Outcome::Finished);
  const PackedModel model = read_model(folder.path() + "/run/model.pare");
  CHECK(model.spec.data == "sums");
  CHECK(model.spec.values == std::vector<std::string>{"a + b", "a - c"});
}

TEST_CASE("task: a network with other outputs than the examples ask for is refused") {
  std::string config = kConfig;
  config.replace(config.find("\"features\": 2"), 13, "\"features\": 3");
  CHECK(
      failure_of(Failure::Usage, [&] {
        Experiment(read_config<RunConfig>(parse_json(config, "sums"), "sums"), all_sums());
      }) == "network: its last layer 2.linear gives 3 numbers, but sums has 2 values; set its features to 2");
}

TEST_CASE("task: what is said of a result") {
  const Score score{0.5, 75, 100};
  CHECK(Classification().said(score, "test") == "75.00 % of 100 test images right");
  CHECK(Classification().said(0.9876) == "98.76 %");
  CHECK(Regression().said(score, "test") == "absolute error 0.75 on 100 test examples");
  CHECK(Regression().said(0.25) == "error 0.25");
}
