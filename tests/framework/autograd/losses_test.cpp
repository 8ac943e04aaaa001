// Losses: each value and gradient is that of a double-precision version, in f32 and bf16 (op_harness.h).
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "framework/kernels/loss/errors.h"
#include "tests/support/numbers/op_harness.h"

using namespace pare;

namespace {

// Targets between -1/2 and 1/2, none of which a bf16 output hits by chance.
std::vector<double> targets_for(const Shape& shape) {
  std::vector<double> targets;
  for (int64_t i = 0; i < shape.count(); ++i)
    targets.push_back(static_cast<double>(static_cast<float>(i % 5) / 4 - 0.5003f));
  return targets;
}

Tensor tensor_of(const Shape& shape, const std::vector<double>& numbers) {
  return Tensor::of(shape, std::vector<float>(numbers.begin(), numbers.end()));
}

using Loss = Var (*)(Tape&, const Var&, const Tensor&);
using Naive = reference::Array (*)(const reference::Array&, std::span<const double>);

void prove_errors(const char* name, Loss loss, Naive naive,
                  std::vector<double> (*draw_targets)(const Shape&) = targets_for) {
  std::vector<OpCase> cases;
  for (const Shape& shape : {Shape{1, 1}, Shape{4, 3}, Shape{7, 10}}) {
    const std::vector<double> doubles = draw_targets(shape);
    const Tensor targets = tensor_of(shape, doubles);
    cases.push_back({.name = text(name, " ", shape),
                     .inputs = {{"outputs", shape}},
                     .op = [=](Tape& tape, const Vars& v, DType) { return loss(tape, v[0], targets); },
                     .naive = [=](const Arrays& a) { return naive(a[0], doubles); }});
  }
  prove(name, cases);
  Tape tape;
  CHECK_THROWS_WITH_AS(loss(tape, Tape::constant(Tensor::full({2, 3}, 0)), Tensor::full({3, 2}, 0)),
                       doctest::Contains("(3,2)"), Error);
}

}  // namespace

TEST_CASE("ops: cross_entropy") {
  struct Row {
    Shape shape;
    float smoothing = 0;
    float scale = 1;
    std::vector<float> weights{};  // of the rows
  };
  std::vector<OpCase> cases;
  for (const Row& row : std::vector<Row>{{{1, 2}},
                                         {{5, 10}, 0.1f},
                                         {{3, 17}, 0, 20},  // nearly all mass on one class
                                         {{3, 19}, 1},      // no label left
                                         {{2, 53}, 0.2f, 5},
                                         {{4, 3}, 0, 1, {0.5f, 2, 0, 1}},
                                         {{3, 10}, 0.1f, 1, {3, 0.25f, 1.5f}}}) {
    std::vector<int32_t> labels;
    for (int64_t n = 0; n < row.shape[0]; ++n)
      labels.push_back(static_cast<int32_t>((n * 7 + 1) % row.shape[1]));
    const Draw draw = [row](const Shape& shape, Rng& rng) {
      Values values = normal(shape, rng);
      for (float& value : values) value *= row.scale;
      return values;
    };
    cases.push_back(
        {.name = text("cross_entropy ", row.shape, " smoothing ", row.smoothing,
                      row.weights.empty() ? "" : " weighted"),
         .inputs = {{"logits", row.shape, draw}},
         .op = [labels, row](Tape& tape, const Vars& v,
                             DType) { return cross_entropy(tape, v[0], labels, row.smoothing, row.weights); },
         .naive =
             [labels, row](const Arrays& a) {
               return reference::cross_entropy(a[0], labels, row.smoothing, row.weights);
             }});
  }
  prove("cross_entropy", cases);
}

TEST_CASE("ops: cross_entropy against distributions") {
  std::vector<OpCase> cases;
  for (const Shape& shape : {Shape{1, 3}, Shape{4, 10}, Shape{3, 53}}) {
    const int64_t rows = shape[0], classes = shape[1];
    Tensor targets = Tensor::zeros(shape);  // the first row keeps zeros, as mixtures of two classes have them
    std::vector<double> doubles;
    for (int64_t n = 0; n < rows; ++n) {
      double left = 1;
      for (int64_t k = 0; k < classes; ++k) {
        float& target = targets.data<float>()[n * classes + k];
        if (k == classes - 1)
          target = static_cast<float>(left);
        else if (k % (n + 2) == 0)
          target = static_cast<float>(left) / 4;
        left -= target;
        doubles.push_back(target);
      }
    }
    cases.push_back(
        {.name = text("cross_entropy against targets ", shape),
         .inputs = {{"logits", shape}},
         .op = [targets](Tape& tape, const Vars& v, DType) { return cross_entropy(tape, v[0], targets); },
         .naive = [doubles](const Arrays& a) { return reference::cross_entropy(a[0], doubles); }});
  }
  prove("cross_entropy against distributions", cases);
}

TEST_CASE("ops: squared_error") { prove_errors("squared_error", squared_error, reference::squared_error); }

TEST_CASE("ops: absolute_error") {
  prove_errors("absolute_error", absolute_error, reference::absolute_error);
  const Tensor same = Tensor::full({2, 2}, 3);
  const Tensor slopes = absolute_error_backward(same, same, 1);
  for (const float slope : slopes.floats()) CHECK(slope == 0);
}

TEST_CASE("ops: huber") {
  std::vector<OpCase> cases;
  for (const double delta : {0.25, 0.77, 100.0}) {
    const Shape shape{6, 7};
    const std::vector<double> doubles = targets_for(shape);
    const Tensor targets = tensor_of(shape, doubles);
    cases.push_back({.name = text("huber ", shape, " delta ", delta),
                     .inputs = {{"outputs", shape}},
                     .op = [=](Tape& tape, const Vars& v,
                               DType) { return huber(tape, v[0], targets, static_cast<float>(delta)); },
                     .naive = [=](const Arrays& a) { return reference::huber(a[0], doubles, delta); }});
  }
  prove("huber", cases);
}

TEST_CASE("ops: binary_cross_entropy") {
  prove_errors("binary_cross_entropy", binary_cross_entropy, reference::binary_cross_entropy,
               [](const Shape& shape) {
                 std::vector<double> bits;
                 for (int64_t i = 0; i < shape.count(); ++i)
                   bits.push_back(i % 3 == 0 ? 1 : i % 3 == 1 ? 0 : 0.25);
                 return bits;
               });
  // Scores at which e^y would overflow: the loss is linear there, and the gradient still finite.
  const Tensor scores = Tensor::of({1, 2}, std::vector<float>{200, -300}),
               right = Tensor::of({1, 2}, std::vector<float>{0, 1});
  CHECK(binary_cross_entropy_forward(scores, right) == 250);
  const Tensor slopes = binary_cross_entropy_backward(scores, right, 1);
  CHECK(slopes.data<float>()[0] == 0.5f);
  CHECK(slopes.data<float>()[1] == -0.5f);
}

TEST_CASE("ops: cross_entropy refuses targets that are no distributions") {
  Tape tape;
  const Var logits = Tape::constant(Tensor::full({2, 3}, 0.5f));
  CHECK_THROWS_WITH_AS(cross_entropy(tape, logits, Tensor::full({2, 3}, 0.5f)),
                       doctest::Contains("sum to 1.5"), Error);
  CHECK_THROWS_WITH_AS(cross_entropy(tape, logits, Tensor::full({3, 2}, 0.5f)), doctest::Contains("(3,2)"),
                       Error);
}
