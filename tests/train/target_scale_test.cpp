// Numbers to predict, scaled for training and given in their own unit by the file.
#include <doctest/doctest.h>

#include <cmath>

#include "compress/packed/packed_model.h"
#include "framework/base/rng.h"
#include "framework/config/config.h"
#include "framework/files/file.h"
#include "layers/network/executor.h"
#include "tests/support/data_fixtures.h"
#include "train/model_file.h"
#include "train/run/run_directory.h"
#include "train/task/regression.h"
#include "train/train.h"

using namespace pare;

namespace {

constexpr const char* kConfig = R"({
  "name": "houses", "threads": 1, "seed": 2, "epochs": 12,
  "data": {"batch": 20, "validation": 40},
  "network": [{"layer": "linear", "features": 16}, {"layer": "relu"}, {"layer": "linear", "features": 2}],
  "optimizer": {"name": "adam", "lr": 0.01}})";
const std::string kCompress = R"({"method": "self_compress", "bits": 8, "gamma": 0.001, "rate": 0.001})";

// A price of about 300,000 +- 60,000 and a year of about 2000 +- 7 out of three measurements.
std::shared_ptr<ArraySet> houses(int count, uint64_t seed) {
  Rng rng(seed, "houses");
  std::vector<float> inputs, targets;
  for (int i = 0; i < count; ++i) {
    const float a = rng.normal(), b = rng.normal(), c = rng.normal();
    inputs.insert(inputs.end(), {a, b, c});
    targets.insert(targets.end(), {300000 + 50000 * a - 30000 * b, 2000 + 7 * c});
  }
  return std::make_shared<ArraySet>(InputShape{1, 1, 3, Element::F32}, std::move(inputs), std::move(targets),
                                    2);
}

Dataset all_houses() {
  return {{"houses", {}, {}, {1, 1, 3, Element::F32}, {"price", "year"}}, houses(500, 1), houses(200, 2)};
}

RunConfig config_with(const std::vector<std::pair<std::string, std::string>>& members) {
  Json json = parse_json(kConfig, "houses");
  for (const auto& [key, value] : members) json.set(key, parse_json(value, key));
  return read_config<RunConfig>(json, "houses");
}

using Members = std::vector<std::pair<std::string, std::string>>;

struct Trained {
  TemporaryDirectory folder;
  std::string path = folder.path() + "/run";
  Json summary;

  explicit Trained(const Members& members, const std::string& init_from = "") {
    REQUIRE(
        train(config_with(members),
              {.out = path, .init_from = init_from, .data = all_houses(), .verbosity = Verbosity::Quiet}) ==
        Outcome::Finished);
    summary = parse_json(read_text_file(path + "/summary.json", 1 << 20), "summary");
  }
  double number(const char* key) const { return summary.find(key)->number(); }
};

Score score_of(Network& network, const Spec& spec) {
  const Dataset data = all_houses();
  return evaluate(network, *task_of(spec),
                  Batches::in_order(*data.test, all_indices(200), spec.normalisation, kEvaluationBatch),
                  DType::F32);
}

}  // namespace

TEST_CASE("targets: measured on all examples, their deviation to a power of two") {
  const TargetScale scale = measure_targets(*houses(500, 1));
  REQUIRE(scale.mean.size() == 2);
  CHECK(scale.mean[0] == doctest::Approx(300000).epsilon(0.03));
  CHECK(scale.exponent[0] == 16);  // 65,536
  CHECK(scale.exponent[1] == 3);
  const Tensor numbers = Tensor::of({2, 2}, std::vector<float>{300000, 2000, 250000, 1990});
  const Tensor scaled = scale.scaled(numbers), back = scale.unscaled(scaled);
  for (int i = 0; i < 4; ++i) {
    CHECK(std::fabs(scaled.data<float>()[i]) < 2.5);
    CHECK(back.data<float>()[i] == doctest::Approx(numbers.data<float>()[i]).epsilon(1e-6));
  }
  const ArraySet same({1, 1, 1, Element::F32}, {1, 2}, std::vector<float>{5, 5}, 1);
  CHECK(measure_targets(same).exponent == std::vector<int>{0});
}

TEST_CASE("targets: prices and years are learnt with the usual rate, and the file gives them in their unit") {
  for (const std::string& compress : {std::string(R"({"method": "none"})"), kCompress}) {
    CAPTURE(compress);
    const Trained run(Members{{"compress", compress}});
    CHECK(run.number("test_r2") > 0.96);  // CPUs that round otherwise end elsewhere
    CHECK(run.number("test_rmse") < 10000);
    CHECK(run.number("test_loss") < 0.1);  // in the units of training
    const PackedModel model = read_model(run.path + "/model.pare");
    const Score file = score_of(*model.network, model.spec);
    CHECK(file.metric() == run.number("test_absolute_error"));
    CHECK(file.value("r2") == run.number("test_r2"));
    ModelFile checkpoint = open_model(run.path + "/checkpoint.safetensors", "");
    CHECK(score_of(*checkpoint.network, checkpoint.spec).value("r2") > 0.96);
  }
}

TEST_CASE("targets: taking the scale into the last layer changes nothing but the unit") {
  Experiment experiment(config_with({{"compress", kCompress}}), all_houses());
  const Batch batch = experiment.test_batches(DType::F32).get(0);
  Network& network = experiment.network();
  experiment.method().finish(network);
  const TargetScale& scale = *experiment.task().target_scale();
  const Tensor before = scale.unscaled(Executor(network, DType::F32).run(batch.inputs));
  to_units_of_data(network, scale);
  const Tensor after = Executor(network, DType::F32).run(batch.inputs);
  for (int64_t i = 0; i < after.size(); ++i)
    CHECK(after.data<float>()[i] == doctest::Approx(before.data<float>()[i]).epsilon(1e-6));
  // What the file holds is that, bit for bit.
  const PackedModel model = unpack_model(experiment.packed(), "packed");
  const Tensor packed = Executor(*model.network, DType::F32).run(batch.inputs);
  for (int64_t i = 0; i < after.size(); ++i) CHECK(packed.data<float>()[i] == after.data<float>()[i]);
}

TEST_CASE("targets: losses and metrics of training and of its file are in the same units") {
  Experiment experiment(config_with({}), all_houses());
  const auto snapshot = experiment.snapshot();
  const Score trained =
      evaluate(experiment.network(), experiment.task(), experiment.test_batches(DType::F32), DType::F32);
  const Score file = evaluate(*snapshot.network, experiment.task().of_files(),
                              experiment.test_batches(DType::F32), DType::F32);
  CHECK(trained.loss == doctest::Approx(file.loss).epsilon(1e-4));
  CHECK(trained.metric() == doctest::Approx(file.metric()).epsilon(1e-4));
  CHECK(trained.value("rmse") == doctest::Approx(file.value("rmse")).epsilon(1e-4));
}

TEST_CASE("targets: a network trained on goes on from a file or a checkpoint in whatever scale") {
  const Trained first(Members{{"compress", R"({"method": "none"})"}});
  for (const char* file : {"/model.pare", "/checkpoint.safetensors"})
    for (const char* loss :
         {R"({"name": "squared_error"})", R"({"name": "squared_error", "scale_targets": false})"}) {
      CAPTURE(file);
      CAPTURE(loss);
      const Trained next(
          {{"loss", loss}, {"epochs", "\"1it\""}, {"optimizer", R"({"name": "sgd", "lr": 1e-12})"}},
          first.path + file);
      CHECK(next.number("test_r2") == doctest::Approx(first.number("test_r2")).epsilon(1e-3));
    }
}

TEST_CASE("targets: a killed run goes on in its scale, and one of a version without a scale is refused") {
  const Trained whole(Members{{"checkpoint_every", "4"}});
  const TemporaryDirectory folder;
  const std::string out = folder.path() + "/run";
  int steps = 0;
  const auto part = [&](int stop_after, bool resume) {
    steps = 0;
    return train(
        config_with({{"checkpoint_every", "4"}}),
        {.out = out, .resume = resume, .data = all_houses(), .verbosity = Verbosity::Quiet, .stop = [&] {
           return ++steps > stop_after;
         }});
  };
  REQUIRE(part(150, false) == Outcome::Interrupted);
  const std::string checkpoint = out + "/checkpoint.safetensors";
  const Bytes good = read_file(checkpoint, 1 << 24);
  SafetensorsFile old = read_safetensors(checkpoint);
  REQUIRE(old.metadata.erase("targets") == 1);
  write_safetensors(checkpoint, old);
  CHECK(contains(failure_of(Failure::Data, [&] { part(1000000, true); }), "in another scale"));
  write_file_atomically(checkpoint, good);
  REQUIRE(part(1000000, true) == Outcome::Finished);
  CHECK(read_file(out + "/model.pare", 1 << 20) == read_file(whole.path + "/model.pare", 1 << 20));
}

TEST_CASE("targets: a last layer that cannot hold the scale is refused, and learns without") {
  const std::string relu = R"([{"layer": "linear", "features": 2}, {"layer": "relu"}])";
  CHECK(contains(failure_of(Failure::Usage,
                            [&] {
                              Experiment(config_with({{"network", relu}}), all_houses());
                            }),
                 "its last layer 1.relu is neither linear nor"));
  const std::string no_bias = R"([{"layer": "linear", "features": 2, "bias": false}])";
  CHECK(contains(failure_of(Failure::Usage,
                            [&] {
                              Experiment(config_with({{"network", no_bias}}), all_houses());
                            }),
                 "0.linear has no bias"));
  const Experiment unscaled(
      config_with({{"network", relu}, {"loss", R"({"name": "huber", "scale_targets": false})"}}),
      all_houses());
  CHECK(unscaled.task().target_scale() == nullptr);
}

TEST_CASE("targets: a damaged scale in a checkpoint is the file's fault") {
  const Trained run(Members{{"epochs", "\"1it\""}});
  const std::string path = run.path + "/checkpoint.safetensors";
  const SafetensorsFile good = read_safetensors(path);
  for (const char* bad :
       {"{}", "3", R"({"mean": [1], "exponent": [1, 2]})", R"({"mean": [1], "exponent": [1]})",
        R"({"mean": [1, 2], "exponent": [1, 1000]})", R"({"mean": [1, 2], "exponent": [1, 0.5]})",
        R"({"mean": [], "exponent": []})", R"({"mean": [1e300, 0], "exponent": [1, 1]})",
        R"({"mean": ["a", 2], "exponent": [1, 1]})"}) {
    CAPTURE(bad);
    SafetensorsFile file = good;
    file.metadata["targets"] = bad;
    write_safetensors(path, file);
    CHECK(contains(failure_of(Failure::Data, [&] { open_model(path, ""); }), path));
  }
}
