// pare lottery --connect: the straight line between two networks.
#include "train/lottery/connectivity.h"

#include <algorithm>

#include "tests/support/lottery_lab.h"
#include "tests/support/program.h"

using namespace pare;

TEST_CASE("lottery: connectivity: the ends are the levels themselves, and the path is straight") {
  Lab lab;
  lab.run("one", {0, 1}, 1);
  lab.run("one", {0}, 2);
  const LotteryDirectory one(lab.out("one"));
  Experiment experiment(read_lottery_config(lab.config, "tiny.json"), lab.files.path());
  const Connectivity same = connect(experiment, one.main(1, 1), one.main(1, 1), 5);
  CHECK(same.error_barrier == doctest::Approx(0));
  CHECK(same.loss_barrier == doctest::Approx(0).epsilon(1e-6));
  const Connectivity found = connect(experiment, one.main(1, 0), one.main(2, 0), 5);
  REQUIRE(found.points.size() == 5);
  CHECK(found.points[1].alpha == 0.25);
  CHECK(found.points[0].test.metric() ==
        lab.level("one", "level_0/main").find("end_test_accuracy")->number());
  CHECK(found.points[4].test.metric() != found.points[0].test.metric());
  // The middle, by hand.
  const SafetensorsFile a = read_safetensors(one.main(1, 0).weights()),
                        b = read_safetensors(one.main(2, 0).weights());
  experiment.build_network(1);
  experiment.network().visit([&](Parameter& p) {
    if (a.find(p.name) == nullptr) return;
    for (int64_t i = 0; i < p.value.size(); ++i)
      p.value.data<float>()[i] = (a.find(p.name)->data<float>()[i] + b.find(p.name)->data<float>()[i]) / 2;
  });
  const Score middle =
      evaluate(experiment.network(), experiment.task(), experiment.test_batches(DType::F32), DType::F32);
  CHECK(found.points[2].test.loss == doctest::Approx(middle.loss));
  double highest = 0;
  for (const PathPoint& point : found.points) highest = std::max(highest, point.test.loss);
  CHECK(found.loss_barrier ==
        doctest::Approx(highest - (found.points[0].test.loss + found.points[4].test.loss) / 2));
  CHECK(contains(failure_of(Failure::Usage, [&] { connect(experiment, one.main(1, 0), one.main(2, 1)); }),
                 "not a finished level"));
  lab.config.find("network")->items()[1].set("features", 11);
  Experiment other(read_lottery_config(lab.config, "tiny.json"), lab.files.path());
  CHECK(contains(failure_of(Failure::Data, [&] { connect(other, one.main(1, 0), one.main(1, 0)); }),
                 "no 1.linear.weight of shape (11,5,5,1)"));
}

TEST_CASE("lottery: connectivity: batch norm's statistics are made for each network on the path") {
  Lab lab;
  Json layers = Json::array(lab.config.find("network")->items());
  layers.items().insert(layers.items().begin() + 2,
                        Json::object({{"layer", "batch_norm"}, {"momentum", 0.001}}));
  lab.config.set("network", layers);
  lab.run("one", {0}, 1);
  const LotteryDirectory one(lab.out("one"));
  Experiment experiment(read_lottery_config(lab.config, "tiny.json"), lab.files.path());
  // A level whose statistics are nonsense: they are not used, so nothing changes.
  const Connectivity before = connect(experiment, one.main(1, 0), one.main(1, 0), 2);
  SafetensorsFile weights = read_safetensors(one.main(1, 0).weights());
  for (NamedTensor& tensor : weights.tensors)
    if (tensor.name.ends_with(".mean")) tensor.tensor = Tensor::full(tensor.tensor.shape(), 30);
  write_safetensors(one.main(1, 0).weights(), weights);
  const Connectivity after = connect(experiment, one.main(1, 0), one.main(1, 0), 2);
  CHECK(after.points[0].test.loss == doctest::Approx(before.points[0].test.loss));
  CHECK(before.points[0].test.metric() ==
        doctest::Approx(lab.level("one", "level_0/main").find("end_test_accuracy")->number()).epsilon(0.2));
}

TEST_CASE("lottery: connectivity: a replicate is looked at with the normalisation it was trained with") {
  Lab lab;
  lab.config.find("data")->set("normalise", true);
  lab.run("one", {0}, 2);
  const std::string level = lab.out("one") + "/replicate_2/level_0/main";
  const std::string config = dump(lab.config);
  lab.files.write("tiny.json", Bytes(config.begin(), config.end()));
  const Result result = run_program(lab.files.path(), {"lottery", "tiny.json", "--out", "one", "--data-dir",
                                                       ".", "--connect", level, level});
  CHECK_MESSAGE(result.exit_code == 0, result.err);
  CHECK(run_program(lab.files.path(), {"lottery", "tiny.json", "--connect", level, level, "--levels", "0"})
            .exit_code == 2);
  const Json found = parse_json(contents(lab.out("one") + "/connectivity.jsonl"), "connectivity");
  const std::string metrics = contents(level + "/metrics.jsonl");
  const Json last = parse_json(metrics.substr(metrics.rfind('\n', metrics.size() - 2) + 1), "metrics");
  CHECK(found.find("points")->items()[0].find("test_loss")->number() ==
        doctest::Approx(last.find("test_loss")->number()).epsilon(1e-9));
}
