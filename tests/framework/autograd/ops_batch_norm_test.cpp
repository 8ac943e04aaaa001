// Batch norm and the sum of what is left of two tensors, against their naive versions.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/numbers/op_harness.h"

using namespace pare;
using reference::Array;

namespace {

constexpr auto kF32 = Storage::AlwaysF32;
constexpr float kEpsilon = 1e-3f;

struct BatchNormRow {
  Shape x;
  float offset = 0;  // of x's mean
};

// Chooses each beta so that the ReLU's kink lies in the middle of the widest gap among the channel's values.
void keep_off_the_kink(std::vector<Values>& inputs, Rng&) {
  const Values& x = inputs[0];
  const auto channels = static_cast<int64_t>(inputs[1].size());
  const int64_t rows = static_cast<int64_t>(x.size()) / channels;
  for (int64_t c = 0; c < channels; ++c) {
    double mean = 0, variance = 0;
    for (int64_t r = 0; r < rows; ++r) mean += x[r * channels + c] / static_cast<double>(rows);
    for (int64_t r = 0; r < rows; ++r)
      variance += std::pow(x[r * channels + c] - mean, 2) / static_cast<double>(rows);
    std::vector<double> values;
    for (int64_t i = c; i < rows * channels; i += channels) {
      const double normalised = (x[i] - mean) / std::sqrt(variance + kEpsilon) * inputs[1][c];
      values.push_back(normalised + (inputs.size() > 3 ? inputs[3][i] : 0.0f));
    }
    std::sort(values.begin(), values.end());
    size_t widest = rows / 4;  // among the middle half: both sides of the kink are seen
    for (int64_t r = rows / 4; r < 3 * rows / 4; ++r)
      if (values[r + 1] - values[r] > values[widest + 1] - values[widest]) widest = r;
    inputs[2][c] = static_cast<float>(-(values[widest] + values[widest + 1]) / 2);
  }
}

OpCase batch_norm_case(const BatchNormRow& row, WithResidual with_residual, Activation activation) {
  const Shape channels{row.x.back()};
  const Draw draw = [row](const Shape& shape, Rng& rng) {
    Values values = normal(shape, rng);
    for (float& value : values) value += row.offset;
    return values;
  };
  std::vector<OpInput> inputs = {
      {"x", row.x, draw}, {"gamma", channels, normal, kF32}, {"beta", channels, normal, kF32}};
  if (with_residual == WithResidual::Yes) inputs.push_back({"residual", row.x});
  const bool relu = activation == Activation::Relu;
  return {.name = text("batch_norm ", row.x, " offset ", row.offset, inputs.size() > 3 ? " residual" : "",
                       relu ? " relu" : ""),
          .inputs = inputs,
          .op =
              [activation](Tape& tape, const Vars& v, DType) {
                const Var residual = v.size() > 3 ? v[3] : Var();
                return batch_norm(tape, v[0], v[1], v[2], kEpsilon, residual, activation).y;
              },
          .naive =
              [activation](const Arrays& a) {
                const Array residual = a.size() > 3 ? a[3] : Array();
                return reference::batch_norm(a[0], a[1], a[2], kEpsilon, residual, activation);
              },
          .settle = relu ? keep_off_the_kink : std::function<void(std::vector<Values>&, Rng&)>()};
}

}  // namespace

TEST_CASE("ops: batch_norm") {
  for (const WithResidual residual : {WithResidual::No, WithResidual::Yes})
    for (const Activation activation : {Activation::None, Activation::Relu}) {
      std::vector<OpCase> cases;
      for (const BatchNormRow& row :
           std::vector<BatchNormRow>{{{1, 3, 2, 1}},
                                     {{7, 3}},
                                     {{1, 4, 4, 3}},
                                     {{2, 5, 5, 17}},
                                     {{4, 3, 3, 19}, 10},
                                     {{1, 6, 5, 53}},
                                     {{3, 10, 9, 3}, -10},  // more than one block of rows
                                     {{16, 1, 1, 32}}})
        cases.push_back(batch_norm_case(row, residual, activation));
      prove(text("batch_norm", residual == WithResidual::Yes ? " + residual" : "",
                 activation == Activation::Relu ? " + relu" : ""),
            cases);
    }
}

TEST_CASE("ops: batch_norm gives back the batch's own statistics") {
  Tape tape(Recording::Off);
  const auto constant = [](const Shape& shape, Values values) {
    return Tape::constant(Tensor::of(shape, values));
  };
  const Normalised result =
      batch_norm(tape, constant({4, 2}, {1, 5, 2, 5, 3, 5, 6, 5}), constant({2}, {1, 1}),
                 constant({2}, {0, 7}), kEpsilon, Var(), Activation::None);
  CHECK(result.mean.data<float>()[0] == doctest::Approx(3));
  CHECK(result.variance.data<float>()[0] == doctest::Approx(3.5));  // of the four: not unbiased
  CHECK(result.mean.data<float>()[1] == 5);
  CHECK(result.variance.data<float>()[1] == 0);
  for (int row = 0; row < 4; ++row)
    CHECK(result.y.value.data<float>()[row * 2 + 1] == 7);  // a constant: beta
}

TEST_CASE("ops: union_sum") {
  struct Row {
    int64_t a, b;  // channels
    std::vector<int> a_from, b_from;
  };
  // The channels of a stream that two random choices leave, and their union.
  const auto left_of = [](int stream, uint64_t seed) {
    Row row{0, 0, {}, {}};
    Rng rng(seed, "channels");
    for (int c = 0; c < stream; ++c) {
      const auto fate = rng.below(4);  // gone, in a, in b, in both
      if (fate == 0) continue;
      row.a_from.push_back(fate == 2 ? -1 : static_cast<int>(row.a++));
      row.b_from.push_back(fate == 1 ? -1 : static_cast<int>(row.b++));
    }
    return row;
  };
  std::vector<Row> rows = {{1, 1, {0}, {0}},
                           {1, 1, {0, -1}, {-1, 0}},
                           {3, 3, {0, 1, -1, 2, -1}, {-1, 0, 1, -1, 2}},
                           {3, 2, {0, 2}, {1, -1}}};  // inputs with channels that the sum has lost
  for (const int stream : {17, 19, 53, 64}) rows.push_back(left_of(stream, static_cast<uint64_t>(stream)));
  std::vector<OpCase> cases;
  for (const Row& row : rows)
    for (const bool flat : {false, true})
      cases.push_back(
          {.name =
               text("union_sum of ", row.a, " and ", row.b, " into ", row.a_from.size(), flat ? " flat" : ""),
           .inputs = {{"a", flat ? Shape{5, row.a} : Shape{2, 3, 4, row.a}},
                      {"b", flat ? Shape{5, row.b} : Shape{2, 3, 4, row.b}}},
           .op = [row](Tape& tape, const Vars& v,
                       DType) { return union_sum(tape, v[0], v[1], row.a_from, row.b_from); },
           .naive =
               [row](const Arrays& a) { return reference::union_sum(a[0], a[1], row.a_from, row.b_from); }});
  prove("union_sum", cases);
}
