// What a task asks of a network that imitates a teacher: values and gradients against double precision.
#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "tests/support/numbers/op_harness.h"
#include "train/task/classification.h"
#include "train/task/multi_label.h"
#include "train/task/reconstruction.h"
#include "train/task/regression.h"

using namespace pare;

namespace {

std::vector<float> scores(const Shape& shape, float spread) {
  Rng rng(5, text("teacher", shape));
  std::vector<float> drawn;
  for (int64_t i = 0; i < shape.count(); ++i) drawn.push_back(spread * rng.normal());
  return drawn;
}

// softmax of a row of scores divided by the temperature, from its definition
std::vector<double> distribution(const float* row, int64_t classes, double temperature) {
  std::vector<double> p;
  for (int64_t k = 0; k < classes; ++k) p.push_back(std::exp(row[k] / temperature));
  const double mass = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& share : p) share /= mass;
  return p;
}

double sigmoid(double y) { return 1 / (1 + std::exp(-y)); }
reference::Number sigmoid(reference::Number y) {
  return reference::Number(1) / (reference::Number(1) + exp(-y));
}

OpCase imitation(const Task& task, const Shape& shape, float temperature,
                 std::function<reference::Array(const Arrays&)> naive) {
  const Tensor targets = task.soft_targets(Tensor::of(shape, scores(shape, 3)), temperature);
  return {.name = text("imitation ", shape, " at ", temperature),
          .inputs = {{"outputs", shape}},
          .op = [&task, targets, temperature](
                    Tape& tape, const Vars& v,
                    DType) { return task.imitation_loss(tape, v[0], targets, temperature); },
          .naive = std::move(naive),
          // At high temperatures the divergence is the small difference of a cross-entropy and an entropy.
          .f32_tolerance = temperature > 1 ? 5e-4 : 1e-5};
}

}  // namespace

TEST_CASE("imitation: of classes, T^2 KL(teacher || network)") {
  const Classification task;
  std::vector<OpCase> cases;
  for (const float temperature : {1.0f, 4.0f, 20.0f})
    for (const Shape& shape : {Shape{1, 2}, Shape{5, 10}, Shape{3, 53}})
      cases.push_back(imitation(task, shape, temperature, [=](const Arrays& a) {
        const std::vector<float> teacher = scores(shape, 3);
        const int64_t rows = shape[0], classes = shape[1];
        reference::Number total = 0;
        for (int64_t n = 0; n < rows; ++n) {
          const std::vector<double> p = distribution(teacher.data() + n * classes, classes, temperature);
          reference::Number mass = 0;
          for (int64_t k = 0; k < classes; ++k)
            mass = mass + exp(a[0][n * classes + k] / double{temperature});
          for (int64_t k = 0; k < classes; ++k)
            total = total + reference::Number(p[static_cast<size_t>(k)]) *
                                (std::log(p[static_cast<size_t>(k)]) -
                                 a[0][n * classes + k] / double{temperature} + log(mass));
        }
        reference::Array loss(Shape{1});
        loss[0] = total * (double{temperature} * temperature / static_cast<double>(rows));
        return loss;
      }));
  prove("imitation of classes", cases);
}

TEST_CASE("imitation: of labels, T^2 times the mean KL of each") {
  const MultiLabel task;
  std::vector<OpCase> cases;
  for (const float temperature : {1.0f, 3.0f})
    for (const Shape& shape : {Shape{1, 1}, Shape{6, 5}})
      cases.push_back(imitation(task, shape, temperature, [=](const Arrays& a) {
        const std::vector<float> teacher = scores(shape, 3);
        reference::Number total = 0;
        for (int64_t i = 0; i < shape.count(); ++i) {
          const double p = sigmoid(teacher[static_cast<size_t>(i)] / temperature);
          const reference::Number q = sigmoid(a[0][i] / double{temperature});
          total = total + reference::Number(p) * (std::log(p) - log(q)) +
                  reference::Number(1 - p) * (std::log(1 - p) - log(reference::Number(1) - q));
        }
        reference::Array loss(Shape{1});
        loss[0] = total * (double{temperature} * temperature / static_cast<double>(shape.count()));
        return loss;
      }));
  prove("imitation of labels", cases);
}

TEST_CASE("imitation: of numbers, the run's own loss against the teacher's, in the units of training") {
  const TargetScale scale{{10, -2}, {3, -1}};
  const Regression task(NumberLoss::Huber, 0.7, scale);
  const Shape shape{4, 2};
  const std::vector<double> teacher{12, -2.5, 3, -1, 30, -2, 10, -4};  // in the units of the data
  const Tensor targets =
      task.soft_targets(Tensor::of(shape, std::vector<float>(teacher.begin(), teacher.end())), 4);
  std::vector<double> asked;
  for (size_t i = 0; i < teacher.size(); ++i)
    asked.push_back((teacher[i] - scale.mean[i % 2]) / std::ldexp(1.0, scale.exponent[i % 2]));
  const std::vector<OpCase> cases{
      {.name = "imitation of numbers",
       .inputs = {{"outputs", shape}},
       .op = [&](Tape& tape, const Vars& v, DType) { return task.imitation_loss(tape, v[0], targets, 4); },
       .naive = [&](const Arrays& a) { return reference::huber(a[0], asked, 0.7); }}};
  prove("imitation of numbers", cases);
}

TEST_CASE("imitation: of inputs given again, the squared error") {
  const Reconstruction task({});
  const std::vector<double> teacher{0.5, -1, 2, 0.25, -0.75, 1.5};
  const Tensor targets =
      task.soft_targets(Tensor::of(Shape{2, 3}, std::vector<float>(teacher.begin(), teacher.end())), 4);
  const std::vector<OpCase> cases{
      {.name = "imitation of inputs",
       .inputs = {{"outputs", Shape{2, 3}}},
       .op = [&](Tape& tape, const Vars& v, DType) { return task.imitation_loss(tape, v[0], targets, 4); },
       .naive = [&](const Arrays& a) { return reference::squared_error(a[0], teacher); }}};
  prove("imitation of inputs", cases);
}

TEST_CASE("imitation: a teacher that says the same costs nothing and moves nothing") {
  const Shape shape{7, 10};
  const Tensor same = Tensor::of(shape, scores(shape, 4));
  const Classification classes;
  const MultiLabel labels;
  for (const Task* const task : std::initializer_list<const Task*>{&classes, &labels}) {
    Parameter outputs;
    outputs.value = same.clone();
    Tape tape;
    const Var loss = task->imitation_loss(tape, tape.leaf(outputs), task->soft_targets(same, 2), 2);
    tape.backward(loss);
    CHECK(std::fabs(loss.value.item()) < 1e-5);
    for (const float slope : outputs.grad.floats()) CHECK(std::fabs(slope) < 1e-6);
  }
}

TEST_CASE("imitation: scores beyond what exp can hold") {
  const Tensor teacher = Tensor::of(Shape{2, 3}, std::vector<float>{1000, -1000, 0, 88, 89, -200});
  const Tensor targets = Classification().soft_targets(teacher, 0.5f);
  const std::vector<float> expected{
      1, 0, 0, std::exp(-2.0f) / (1 + std::exp(-2.0f)), 1 / (1 + std::exp(-2.0f)), 0};
  for (size_t i = 0; i < expected.size(); ++i)
    CHECK(targets.floats()[i] == doctest::Approx(expected[i]).epsilon(1e-6));
  Tape tape(Recording::Off);
  CHECK(std::isfinite(
      Classification().imitation_loss(tape, Tape::constant(teacher), targets, 0.5f).value.item()));
  const Tensor labels = MultiLabel().soft_targets(teacher, 0.5f);
  CHECK(std::isfinite(MultiLabel().imitation_loss(tape, Tape::constant(teacher), labels, 0.5f).value.item()));
}
