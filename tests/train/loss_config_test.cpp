// The losses of a config: which task they make, weights of classes, and what they refuse.
#include <doctest/doctest.h>

#include <cmath>

#include "framework/config/config.h"
#include "tests/support/data_fixtures.h"
#include "train/config/run_config.h"
#include "train/task/class_weights.h"
#include "train/task/classification.h"
#include "train/task/multi_label.h"
#include "train/task/regression.h"

using namespace pare;

namespace {

constexpr InputShape kOne{1, 1, 1, Element::F32};

// Classes a, b, c, of which b has nine examples, a three, c none.
Dataset rare() {
  std::vector<int32_t> labels(12, 1);
  labels[0] = labels[5] = labels[9] = 0;
  const auto set = std::make_shared<ArraySet>(kOne, std::vector<float>(12, 0.0f), labels);
  return {{"rare", {"a", "b", "c"}, {}, kOne}, set, set};
}

Dataset numbers(std::vector<float> values) {
  const auto count = values.size();
  const auto set = std::make_shared<ArraySet>(kOne, std::vector<float>(count, 0.0f), std::move(values), 1);
  return {{"numbers", {}, {}, kOne, {"y"}}, set, set};
}

RunConfig config_of(const std::string& loss) {
  return read_config<RunConfig>(
      parse_json(R"({"network": [{"layer": "linear", "features": 1}], "loss": )" + loss + "}", "test"),
      "test");
}

std::unique_ptr<Task> task(const std::string& loss, const Dataset& data, double smoothing = 0) {
  return config_of(loss).loss->make(data, smoothing);
}

std::string refused(const std::string& loss, const Dataset& data, Failure failure = Failure::Usage,
                    double smoothing = 0) {
  return failure_of(failure, [&] { task(loss, data, smoothing); });
}

// The loss of scores that are all equal, for one example of each class asked for.
double loss_of(const Task& task, std::vector<int32_t> classes) {
  Tape tape(Recording::Off);
  const int64_t count = std::ssize(classes);
  const Batch batch{Tensor::zeros({count, 1, 1, 1}), std::move(classes)};
  return task.loss(tape, Tape::constant(Tensor::zeros({count, 3})), batch).value.item();
}

}  // namespace

TEST_CASE("loss: the data chooses the task, or the config does") {
  CHECK(dynamic_cast<Classification*>(task(R"({"name": "auto"})", rare()).get()) != nullptr);
  CHECK(dynamic_cast<Regression*>(task(R"({"name": "auto"})", numbers({1, 2})).get()) != nullptr);
  CHECK(dynamic_cast<Regression*>(task(R"({"name": "huber"})", numbers({1, 2})).get()) != nullptr);
  CHECK(dynamic_cast<MultiLabel*>(task(R"({"name": "binary_cross_entropy"})", numbers({0, 1})).get()) !=
        nullptr);
}

TEST_CASE("loss: weights of classes multiply what an example counts in training, not what is reported") {
  const double log3 = std::log(3.0);
  const auto balanced = task(R"({"name": "cross_entropy", "class_weights": "balanced"})", rare());
  CHECK(loss_of(*balanced, {0}) == doctest::Approx(log3 * 12 / (2 * 3)));
  CHECK(loss_of(*balanced, {1}) == doctest::Approx(log3 * 12 / (2 * 9)));
  CHECK(loss_of(*balanced, {0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1}) == doctest::Approx(log3));
  const auto listed = task(R"({"name": "cross_entropy", "class_weights": [1, 0, 2.5]})", rare());
  CHECK(loss_of(*listed, {0, 1, 2}) == doctest::Approx(log3 * 3.5 / 3));
  const Batch batch{Tensor::zeros({1, 1, 1, 1}), {2}};
  CHECK(listed->reported_loss(Tensor::zeros({1, 3}), batch) == doctest::Approx(log3));
}

TEST_CASE("loss: weights of classes in a config are read, written and checked") {
  for (const char* weights : {"\"none\"", "\"balanced\"", "[1.0,0.5,0.0]"}) {
    const std::string loss = text(R"({"name":"cross_entropy","class_weights":)", weights, "}");
    CHECK(dump_line(*write_config(config_of(loss)).find("loss")) == loss);
  }
  for (const char* bad : {"\"balance\"", "[-1]", "[]", "[0, 0]", "[\"a\"]", "[1e9]", "null", "3"})
    CHECK(contains(
        failure_of(Failure::Usage,
                   [&] { config_of(text(R"({"name": "cross_entropy", "class_weights": )", bad, "}")); }),
        "loss.class_weights"));
  CHECK(refused(R"({"name": "cross_entropy", "class_weights": [1, 2]})", rare()) ==
        "loss.class_weights: 2 weights, but rare has 3 classes: a, b, c");
}

TEST_CASE("loss: one for other data is refused with those that fit") {
  CHECK(contains(refused(R"({"name": "huber"})", rare()), "rare has classes; use cross_entropy"));
  CHECK(contains(refused(R"({"name": "binary_cross_entropy"})", rare()), "use cross_entropy"));
  CHECK(contains(refused(R"({"name": "cross_entropy"})", numbers({1, 2})), "use squared_error"));
  CHECK(contains(refused(R"({"name": "binary_cross_entropy"})", numbers({0, 1, 0.5f}), Failure::Data),
                 "numbers: example 2 has 0.5 for y"));
  CHECK(contains(refused(R"({"name": "auto"})", numbers({1, 2}), Failure::Usage, 0.1), "label_smoothing"));
}
