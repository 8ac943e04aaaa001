// Every operation against its naive version, over tables of shapes.
//
// To add an operation: write its naive version in reference.{h,cpp} (one function, forward only: gradients
// come from Number), then a test case below that lists OpCases and calls `prove`. A case is a small struct:
// the inputs, the operation, the naive version. Odd channel counts are there because pruning leaves them.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/support/numbers/op_harness.h"

using namespace pare;
using reference::Array;

namespace {

constexpr auto kF32 = Storage::AlwaysF32;

}  // namespace

TEST_CASE("ops: linear") {
  struct Row {
    Shape x, w;
    WithBias bias = WithBias::Yes;
  };
  std::vector<OpCase> cases;
  for (const Row& row : std::vector<Row>{{{1, 1}, {1, 1}},
                                         {{1, 17}, {3, 17}},
                                         {{5, 53}, {19, 53}},
                                         {{3, 19}, {53, 19}, WithBias::No},
                                         {{2, 300}, {10, 300}},
                                         {{64, 3}, {17, 3}},
                                         {{2, 3, 3, 17}, {19, 3, 3, 17}},
                                         {{2, 2, 2, 3}, {17, 12}}}) {
    std::vector<OpInput> inputs = {{"x", row.x}, {"w", row.w}};
    if (row.bias == WithBias::Yes) inputs.push_back({"b", Shape{row.w[0]}, normal, kF32});
    cases.push_back(
        {.name = text("linear ", row.x, row.w),
         .inputs = inputs,
         .op = [](Tape& tape, const Vars& v,
                  DType) { return linear(tape, v[0], v[1], v.size() > 2 ? v[2] : Var()); },
         .naive =
             [](const Arrays& a) { return reference::linear(a[0], a[1], a.size() > 2 ? a[2] : Array()); }});
  }
  prove("linear", cases);
}

TEST_CASE("ops: relu") {
  const auto settle = [](std::vector<Values>& inputs, Rng&) {
    for (float& x : inputs[0]) x += x < 0 ? -0.05f : 0.05f;
  };
  std::vector<OpCase> cases;
  for (const Shape& shape : {Shape{1}, Shape{1, 3}, Shape{3, 53}, Shape{2, 5, 5, 17}, Shape{1, 7, 3, 19}})
    cases.push_back({.name = text("relu ", shape),
                     .inputs = {{"x", shape}},
                     .op = [](Tape& tape, const Vars& v, DType) { return relu(tape, v[0]); },
                     .naive = [](const Arrays& a) { return reference::relu(a[0]); },
                     .settle = settle});
  cases.push_back(cases.back());
  cases.back().name = "relu at 0";
  cases.back().inputs[0].draw = cycle({0.0f, -0.0f, 1.0f, -1.0f, 0x1p-120f, -0x1p-120f});
  cases.back().settle = nullptr;
  cases.back().kinks = Kinks::Hit;
  prove("relu", cases);
}

TEST_CASE("ops: pool") {
  struct Row {
    PoolKind kind;
    Shape x;
    PoolGeometry geometry;
  };
  // Sixteen values a channel that differ inside any window of up to 4 x 4, exact in bf16.
  const Draw distinct = [](const Shape& shape, Rng& rng) {
    Values values(static_cast<size_t>(shape.count()));
    std::vector<int> order(16);
    for (int i = 0; i < 16; ++i) order[i] = i;
    for (int64_t c = 0; c < shape[3]; ++c) {
      rng.shuffle(order);
      for (int64_t p = c; p < shape.count(); p += shape[3]) {
        const int64_t w = p / shape[3] % shape[2], h = p / shape[3] / shape[2] % shape[1];
        values[p] = 0.25f * static_cast<float>(order[h % 4 * 4 + w % 4] - 8);
      }
    }
    return values;
  };
  std::vector<OpCase> maxima, averages;
  const auto add_case = [&](const Row& row, const Draw& draw, Kinks kinks) {
    const PoolGeometry g = row.geometry;
    std::vector<OpCase>& cases = row.kind == PoolKind::Max ? maxima : averages;
    cases.push_back(
        {.name = text(row.kind == PoolKind::Max ? "max " : "average ", row.x, " size ", g.size, " stride ",
                      g.stride, " padding ", g.padding),
         .inputs = {{"x", row.x, draw}},
         .op = [row](Tape& tape, const Vars& v, DType) { return pool(tape, row.kind, v[0], row.geometry); },
         .naive = [row](const Arrays& a) { return reference::pool(row.kind, a[0], row.geometry); },
         .kinks = kinks});
  };
  for (const PoolKind kind : {PoolKind::Max, PoolKind::Average})
    for (const Row& row : std::vector<Row>{{kind, {1, 4, 4, 1}, {2, 2, 0}},
                                           {kind, {2, 7, 7, 17}, {3, 2, 1}},
                                           {kind, {1, 5, 6, 3}, {3, 1, 1}},
                                           {kind, {2, 9, 9, 19}, {2, 2, 0}},  // leaves pixels over
                                           {kind, {1, 7, 9, 53}, {2, 3, 0}},  // skips pixels
                                           {kind, {1, 8, 8, 32}, {3, 2, 1}},
                                           {kind, {3, 4, 4, 53}, {4, 4, 0}},
                                           {kind, {2, 9, 1, 7}, {{2, 1}, {2, 1}, 0}},  // over time
                                           {kind, {2, 8, 6, 19}, {{3, 2}, {1, 2}, {1, 0}}},
                                           {kind, {1, 3, 8, 16}, {{1, 3}, {1, 2}, {0, 1}}}})
      add_case(row, kind == PoolKind::Max ? distinct : normal, Kinks::Avoided);
  add_case({PoolKind::Average, {2, 8, 8, 19}, {8, 8, 0}}, normal, Kinks::Avoided);  // the whole image
  // Channels around the vectors' widths, and rows that end before a vector does.
  for (const int channels : {1, 2, 3, 5, 7, 8, 9, 12, 15, 16, 24, 33})
    for (const int width : {2, 4, 11})
      for (const int stride : {2, 3})
        add_case({PoolKind::Max, {2, 5, width, channels}, {2, stride, 0}}, distinct, Kinks::Avoided);
  // Ties, as after a ReLU: the first of the largest gets the gradient.
  for (const int channels : {1, 17, 32}) {
    add_case({PoolKind::Max, {2, 6, 6, channels}, {2, 2, 0}}, cycle({0}), Kinks::Hit);
    add_case({PoolKind::Max, {2, 7, 7, channels}, {3, 2, 1}}, cycle({0, 1, 1, 0, 1}), Kinks::Hit);
  }
  for (const Shape& shape : {Shape{2, 3, 5, 7}, Shape{1, 1, 6, 19}, Shape{3, 9, 2, 1}})
    averages.push_back({.name = text("image mean ", shape),
                        .inputs = {{"x", shape}},
                        .op = [](Tape& tape, const Vars& v, DType) { return image_mean(tape, v[0]); },
                        .naive =
                            [](const Arrays& a) {
                              const Shape& s = a[0].shape;
                              Array y(Shape{s[0], 1, 1, s[3]});
                              for (int64_t n = 0; n < s[0]; ++n)
                                for (int64_t c = 0; c < s[3]; ++c) {
                                  auto total = a[0].at(n, 0, 0, c);
                                  for (int64_t p = 1; p < s[1] * s[2]; ++p)
                                    total = total + a[0].at(n, p / s[2], p % s[2], c);
                                  y.at(n, 0, 0, c) = total / double(s[1] * s[2]);
                                }
                              return y;
                            }});
  prove("max pool", maxima);
  prove("average pool", averages);
}

TEST_CASE("ops: add, add_scaled, scaled, reshape and cast") {
  std::vector<OpCase> cases;
  for (const Shape& shape : {Shape{1}, Shape{3, 19}, Shape{1, 5, 3, 17}, Shape{2, 4, 4, 53}}) {
    cases.push_back({.name = text("add ", shape),
                     .inputs = {{"a", shape}, {"b", shape}},
                     .op = [](Tape& tape, const Vars& v, DType) { return add(tape, v[0], v[1]); },
                     .naive = [](const Arrays& a) { return reference::add(a[0], a[1]); }});
    cases.push_back({.name = text("scaled ", shape),
                     .inputs = {{"x", shape}},
                     .op = [](Tape& tape, const Vars& v, DType) { return scaled(tape, v[0], -1.7f); },
                     .naive = [](const Arrays& a) { return reference::add(a[0], a[0], -1.7 - 1); },
                     .precisions = Precisions::OnlyF32});
    const Shape flat{shape.count(), 1};
    cases.push_back({.name = text("reshape ", shape),
                     .inputs = {{"x", shape}},
                     .op = [flat](Tape& tape, const Vars& v, DType) { return reshape(tape, v[0], flat); },
                     .naive = [flat](const Arrays& a) { return reference::reshape(a[0], flat); }});
    cases.push_back({.name = text("cast down ", shape),
                     .inputs = {{"x", shape, normal, kF32}},
                     .op = [](Tape& tape, const Vars& v, DType dtype) { return cast(tape, v[0], dtype); },
                     .naive = [](const Arrays& a) { return a[0]; }});
    cases.push_back({.name = text("cast up ", shape),
                     .inputs = {{"x", shape}},
                     .op = [](Tape& tape, const Vars& v, DType) { return cast(tape, v[0], DType::F32); },
                     .naive = [](const Arrays& a) { return a[0]; }});
  }
  cases.push_back({.name = "add_scaled",
                   .inputs = {{"a", Shape{1}}, {"b", Shape{1}}},
                   .op = [](Tape& tape, const Vars& v, DType) { return add_scaled(tape, v[0], v[1], 0.35f); },
                   .naive = [](const Arrays& a) { return reference::add(a[0], a[1], 0.35f); },
                   .precisions = Precisions::OnlyF32});
  prove("add, add_scaled, reshape, cast", cases);
}

TEST_CASE("ops: dropout") {
  std::vector<OpCase> cases;
  for (const float rate : {0.0f, 0.3f, 0.5f}) {
    const Shape shape{3, 4, 4, 17};
    const auto drop = [rate](Tape& tape, const Var& x) { return dropout(tape, x, rate, 7, "test", 3); };
    Tape tape(Recording::Off);
    const Tensor mask = drop(tape, Tape::constant(Tensor::full(shape, 1))).value;
    const Values factors(mask.floats().begin(), mask.floats().end());
    cases.push_back({.name = text("dropout ", rate),
                     .inputs = {{"x", shape}},
                     .op = [drop](Tape& t, const Vars& v, DType) { return drop(t, v[0]); },
                     .naive = [factors](const Arrays& a) { return reference::multiply(a[0], factors); },
                     .precisions = Precisions::OnlyF32});
  }
  prove("dropout", cases);
}

TEST_CASE("ops: dropout keeps the share it should, and its seed and index choose which") {
  Tape tape(Recording::Off);
  const Var ones = Tape::constant(Tensor::full(Shape{100000}, 1));
  const auto mask = [&](uint64_t seed, uint64_t index) {
    const Tensor y = dropout(tape, ones, 0.2f, seed, "test", index).value;
    return Values(y.floats().begin(), y.floats().end());
  };
  const Values first = mask(1, 1);
  int64_t kept = 0;
  for (const float factor : first) {
    CHECK((factor == 0.0f || factor == doctest::Approx(1.25f)));
    if (factor != 0) ++kept;
  }
  CHECK(std::abs(kept - 80000) < 600);
  CHECK(mask(1, 1) == first);
  CHECK(mask(1, 2) != first);
  CHECK(mask(2, 1) != first);
}

TEST_CASE("ops: concat") {
  struct Row {
    Shape leading;
    std::vector<int64_t> channels;
  };
  std::vector<OpCase> cases;
  for (const Row& row :
       std::vector<Row>{{{1, 1}, {1, 1}}, {{3, 2, 5, 1}, {3, 1, 17}}, {{64, 7, 7, 1}, {19, 53}}}) {
    std::vector<OpInput> inputs;
    int64_t all = 0;
    for (const int64_t channels : row.channels) {
      Shape shape = row.leading;
      shape[shape.rank() - 1] = channels;
      inputs.push_back({text("x", inputs.size()), shape});
      all += channels;
    }
    Shape whole = row.leading;
    whole[whole.rank() - 1] = all;
    cases.push_back({.name = text("concat ", whole),
                     .inputs = inputs,
                     .op = [](Tape& tape, const Vars& v, DType) { return concat(tape, v); },
                     .naive =
                         [whole, all](const Arrays& a) {
                           Array y(whole);
                           int64_t first = 0;
                           for (const Array& x : a) {
                             const int64_t channels = x.shape.back();
                             for (int64_t i = 0; i < x.shape.count(); ++i)
                               y[i / channels * all + first + i % channels] = x[i];
                             first += channels;
                           }
                           return y;
                         }});
  }
  prove("concat", cases);
}
