// Autoencoders: the loss, what tells the unusual from the usual, and the way from a config to `pare predict`.
#include <cmath>

#include "framework/json/json.h"
#include "tests/support/data_fixtures.h"
#include "tests/support/program.h"
#include "tests/support/tiny_run.h"
#include "train/config/run_config.h"
#include "train/task/loss_config.h"
#include "train/task/reconstruction.h"

using namespace pare;

namespace {

// Usual rows lie on a line in three dimensions, unusual ones do not.
std::string rows(int count, const std::string& first) {
  std::string text = first + "\n";
  for (int i = 0; i < count; ++i) {
    const double t = std::sin(i * 0.7);
    const bool odd = i % 5 == 4;
    text += pare::text(t, ",", odd ? -2 * t + 0.3 : 2 * t, ",", 1 - t, ",", odd ? "worn" : "fine", "\n");
  }
  return text;
}

constexpr const char* kConfig = R"({
  "threads": 1,
  "data": {"source": {"kind": "table", "path": "t.csv", "label": "state", "test_share": 0.25}, "batch": 20, "validation": 20},
  "network": [{"layer": "linear", "features": 1}, {"layer": "linear", "features": 3}],
  "loss": {"name": "reconstruction", "learned": ["fine"]},
  "optimizer": {"name": "adam", "lr": 0.05},
  "epochs": 20
})";

}  // namespace

TEST_CASE("reconstruction: the loss is the mean squared error of the input, and so is the metric") {
  Batch batch;
  batch.inputs = Tensor({2, 1, 3, 1});
  Tensor outputs({2, 3});
  double sums[2] = {0, 0};
  for (int i = 0; i < 6; ++i) {
    batch.inputs.data<float>()[i] = static_cast<float>(0.3 * i - 1);
    outputs.data<float>()[i] = static_cast<float>(std::cos(2 * i));
    const double error = double{outputs.data<float>()[i]} - batch.inputs.data<float>()[i];
    sums[i / 3] += error * error;
  }
  const Reconstruction task({});
  Tape tape;
  CHECK(task.loss(tape, Tape::constant(outputs), batch).value.item() ==
        doctest::Approx((sums[0] + sums[1]) / 6).epsilon(1e-6));
  CHECK(task.metric_sum(outputs, batch) == doctest::Approx((sums[0] + sums[1]) / 3).epsilon(1e-6));
  CHECK(reconstruction_errors(outputs, batch.inputs)[1] == doctest::Approx(sums[1] / 3).epsilon(1e-6));
}

TEST_CASE("reconstruction: AUC and the table say how well errors tell classes that were learnt from others") {
  Batch batch;
  batch.inputs = Tensor::zeros({4, 1, 1, 1});
  batch.classes = {0, 1, 0, 1};
  Tensor outputs({4, 1});
  const float errors[] = {0.1f, 0.5f, 0.6f, 0.7f};  // of four pairs, three are in order
  for (int i = 0; i < 4; ++i) outputs.data<float>()[i] = batch.inputs.data<float>()[i] + errors[i];
  const Reconstruction task({true, false});
  const auto tally = task.tally();
  tally->add(outputs, batch);
  CHECK(tally->metrics()[0].name == "auc");
  CHECK(tally->metrics()[0].value == 0.75);
  Spec spec;
  spec.classes = {"fine", "worn"};
  const Json details = tally->details(spec);
  const auto& fine = details.find("errors")->items()[0];
  CHECK(fine.find("name")->string() == "fine");
  CHECK(fine.find("mean")->number() == doctest::Approx((0.01 + 0.36) / 2));
  CHECK(details.find("usual_p99")->number() == doctest::Approx(0.01 + 0.99 * 0.35));
  REQUIRE(tally->worst().size() == 2);  // of the usual ones
  CHECK(tally->worst()[0].example == 2);
  CHECK(contains(tally->table(spec, 80), "worn       no         2        0.37"));
}

TEST_CASE("reconstruction: from a table to the errors of new rows, by the file alone") {
  const TemporaryDirectory place;
  const auto write = [&](const char* name, const std::string& text) {
    place.write(name, bytes_of_text(text));
  };
  write("t.csv", rows(200, "a,b,c,state"));
  write("t.json", kConfig);
  const auto done = [&](const std::vector<std::string>& arguments) {
    const Result result = run_program(place.path(), arguments);
    CHECK_MESSAGE(result.exit_code == 0, result.err);
    return result.out;
  };
  const std::string trained = done({"train", "t.json", "--out", "run"});
  CHECK(contains(trained, "100 images an epoch"));  // 120 fine rows to train on, 20 set aside
  CHECK(contains(trained, "validation error "));
  const Json summary = parse_json(contents(place.path() + "/run/summary.json"), "summary");
  CHECK(summary.find("test_auc")->number() == 1);
  CHECK(contains(done({"eval", "run/model.pare"}), "AUC 1.000 of the unusual against the usual"));
  CHECK(contains(done({"eval", "run", "--confusion"}), "worn       no"));

  const Result narrow =
      run_program(place.path(), {"train", "t.json", "--out", "no", "--set", "network.1.features=2"});
  CHECK(narrow.exit_code == 2);
  CHECK(contains(narrow.err, "gives 2 numbers, but t.csv has 3 numbers an input; set its features to 3"));

  const Result blind = run_program(place.path(), {"train", "t.json", "--out", "no", "--set",
                                                  "early_stop.metric=auc", "--set", "early_stop.patience=3"});
  CHECK(blind.exit_code == 2);
  CHECK(contains(
      blind.err,
      "early_stop.metric: auc cannot be measured on the validation examples of t.csv, which are all usual"));

  std::filesystem::remove(place.path() + "/t.csv");
  write("new.csv", "a,b,c\n0.5,1,0.5\n0.5,-0.7,0.5\n");
  const Json said = parse_json(done({"predict", "run/model.pare", "new.csv", "--json"}), "said");
  const auto error = [&](size_t row) {
    const Json& value = said.items()[row].find("values")->items()[0];
    CHECK(value.find("name")->string() == "error");
    return value.find("value")->number();
  };
  CHECK(error(0) < 0.1);
  CHECK(error(1) > 10 * error(0));
  CHECK(contains(done({"predict", "run/model.pare", "new.csv", "--csv"}), "input,error\n"));
}

TEST_CASE("reconstruction: what does not fit is named") {
  Dataset data;
  data.spec.data = "parts";
  data.spec.classes = {"fine", "worn"};
  data.spec.input = {1, 1, 3, Element::F32};
  const auto config = [](const std::string& json) {
    return read_config<RunConfig>(
               parse_json(R"({"network": [{"layer": "linear", "features": 1}], "loss": )" + json + "}",
                          "test"),
               "test")
        .loss;
  };
  CHECK(contains(
      failure_of(Failure::Usage,
                 [&] { config(R"({"name": "reconstruction", "learned": ["fin"]})")->prepare(data); }),
      "did you mean 'fine'"));
  data.train = std::make_shared<ArraySet>(data.spec.input, std::vector<float>(6), std::vector<int32_t>{1, 1});
  CHECK(contains(
      failure_of(Failure::Usage,
                 [&] { config(R"({"name": "reconstruction", "learned": ["fine"]})")->prepare(data); }),
      "no training example of parts is of fine"));
  const auto all = config(R"({"name": "reconstruction"})");
  all->prepare(data);
  CHECK(data.spec.outputs() == 3);
  CHECK(contains(failure_of(Failure::Usage, [&] { all->make(data, 0.1); }), "label_smoothing"));
}
