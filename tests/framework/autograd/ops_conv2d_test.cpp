// Convolution against its naive version, by all the ways it is computed (see ops_test.cpp).
#include <doctest/doctest.h>
#include <algorithm>

#include <cmath>
#include <vector>

#include "framework/kernels/convolution/patches.h"
#include "framework/kernels/winograd/winograd.h"
#include "framework/parallel/context.h"
#include "tests/support/bf16.h"
#include "tests/support/numbers/op_harness.h"

using namespace pare;
using reference::Array;

namespace {

constexpr auto kF32 = Storage::AlwaysF32;

struct ConvRow {
  Shape x, w;  // (N,H,W,C), (O,KH,KW,C/groups)
  Conv2dGeometry geometry = {};
  WithBias bias = WithBias::Yes;
};

OpCase conv_case(const ConvRow& row) {
  const Conv2dGeometry g = row.geometry;
  std::vector<OpInput> inputs = {{"x", row.x}, {"w", row.w}};
  if (row.bias == WithBias::Yes) inputs.push_back({"b", Shape{row.w[0]}, normal, kF32});
  return {
      .name = text("conv2d ", row.x, row.w, " stride ", g.stride, " padding ", g.padding, " dilation ",
                   g.dilation, " groups ", g.groups),
      .inputs = inputs,
      .op = [g](Tape& tape, const Vars& v,
                DType) { return conv2d(tape, v[0], v[1], v.size() > 2 ? v[2] : Var(), g); },
      .naive =
          [g](const Arrays& a) { return reference::conv2d(a[0], a[1], a.size() > 2 ? a[2] : Array(), g); }};
}

void prove_convolutions(const std::string& op, const std::vector<ConvRow>& rows) {
  std::vector<OpCase> cases;
  for (const ConvRow& row : rows) cases.push_back(conv_case(row));
  prove(op, cases);
}

}  // namespace

TEST_CASE("ops: conv2d") {
  prove_convolutions("conv2d", {
                                   {{1, 9, 9, 1}, {3, 3, 3, 1}},
                                   {{2, 8, 7, 3}, {17, 3, 3, 3}, {.padding = 1}},
                                   {{1, 7, 7, 17}, {19, 3, 3, 17}, {.stride = 2, .padding = 1}},
                                   {{1, 8, 8, 17}, {19, 3, 3, 17}, {.stride = 2, .padding = 1}},
                                   {{1, 5, 5, 53}, {17, 3, 3, 53}, {.padding = 1}, WithBias::No},
                                   {{2, 7, 7, 17}, {19, 1, 1, 17}, {.stride = 2}, WithBias::No},
                                   {{2, 9, 9, 3}, {19, 5, 5, 3}, {.padding = 2}},
                                   {{2, 9, 9, 1}, {53, 5, 5, 1}, {.stride = 3}},  // leaves pixels over
                                   {{2, 9, 8, 1}, {1, 2, 2, 1}, {.stride = 4}},   // skips pixels
                                   {{1, 6, 7, 3}, {17, 3, 1, 3}, {.padding = 1}},
                                   {{1, 5, 5, 1}, {1, 5, 5, 1}},
                                   {{4, 1, 1, 19}, {17, 1, 1, 19}},
                                   {{2, 5, 5, 16}, {32, 3, 3, 16}, {.padding = 1}},
                               });
}

TEST_CASE("ops: conv2d whose height and width are treated differently") {
  prove_convolutions("conv2d of two axes",
                     {
                         {{2, 9, 1, 5}, {17, 3, 1, 5}, {.padding = {1, 0}}},  // over time
                         {{3, 12, 1, 16}, {32, 5, 1, 16}, {.stride = {2, 1}, .padding = {2, 0}}},
                         {{2, 1, 11, 3}, {9, 1, 4, 3}, {.stride = {1, 2}, .padding = {0, 3}, .dilation = {1, 2}}},
                         {{2, 9, 8, 4}, {6, 3, 5, 4}, {.padding = {0, 2}, .dilation = {2, 1}}, WithBias::No},
                         {{2, 7, 6, 17}, {19, 1, 1, 17}, {.stride = {2, 1}}},
                         {{2, 7, 6, 17}, {19, 1, 1, 17}, {.stride = {1, 3}}},
                         {{2, 10, 9, 3}, {32, 3, 3, 3}, {.stride = {1, 2}, .padding = {2, 0}}},
                         {{2, 8, 8, 32}, {32, 3, 3, 32}, {.padding = {1, 0}}},  // Winograd's if it were square
                         {{2, 9, 1, 8}, {8, 3, 1, 1}, {.padding = {1, 0}, .groups = 8}},
                     });
}

TEST_CASE("ops: conv2d by Winograd's algorithm") {
  const std::vector<ConvRow> rows = {
      {{2, 16, 17, 24}, {35, 3, 3, 24}, {.padding = 1}},  // tiles that hang over the edge
      {{9, 8, 8, 16}, {16, 3, 3, 16}, {.padding = 1}},    // bf16's direct kernels do one whole vector as fast
      {{4, 11, 12, 16}, {33, 3, 3, 16}},
      {{6, 8, 6, 32}, {17, 3, 3, 32}, {.padding = 2}},  // rows of nothing but padding
      {{32, 3, 3, 64}, {64, 3, 3, 64}, {.padding = 1}, WithBias::No},
      {{8, 9, 12, 17}, {20, 5, 5, 17}, {.padding = 2}},
      {{32, 7, 7, 20}, {50, 5, 5, 20}},
      // fewer channels than a vector has lanes: that come in, that go out, both
      {{8, 9, 8, 9}, {40, 3, 3, 9}, {.padding = 1}},
      {{4, 11, 12, 18}, {1, 3, 3, 18}},
      {{4, 12, 12, 10}, {5, 3, 3, 10}, {.padding = 1}},
      {{6, 9, 12, 4}, {33, 5, 5, 4}, {.padding = 2}},
      {{9, 12, 11, 20}, {15, 5, 5, 20}},
      {{9, 12, 12, 15}, {3, 5, 5, 15}, {}, WithBias::No},
  };
  std::vector<OpCase> cases;
  for (const ConvRow& row : rows) {
    const Shape &x = row.x, &w = row.w;
    const Conv2dGeometry& g = row.geometry;
    const Shape y{x[0], convolved(static_cast<int>(x[1]), static_cast<int>(w[1]), g.along_height()),
                  convolved(static_cast<int>(x[2]), static_cast<int>(w[2]), g.along_width()), w[0]};
    CAPTURE(conv_case(row).name);
    CHECK(use_winograd(x, w, y, DType::F32, g));
    const bool bf16 = std::min(x[3], w[0]) >= 16 && std::max(x[3], w[0]) > 16;
    CHECK(use_winograd(x, w, y, DType::BF16, g) == bf16);
    cases.push_back(conv_case(row));
    // Of single elements. Rounding errors of a tile's corner are twice those of its inside; a whole tensor's
    // are far smaller, see the next test.
    cases.back().f32_tolerance = w[1] == 3 ? 1e-5 : 1e-4;
    if (w[1] == 3) cases.back().bf16_tolerance = 0.1;
  }
  prove("conv2d by Winograd's algorithm", cases);
}

TEST_CASE("ops: where the context says so, convolutions are oneDNN's, and differ by rounding alone") {
  const Context direct({.threads = 1, .winograd = false});
  for (const DType dtype : precisions())
    for (const int64_t kernel : {3, 5}) {
      CAPTURE(name(dtype));
      CAPTURE(kernel);
      const Shape x_shape{8, 16, 16, 64}, w_shape{64, kernel, kernel, 64};
      const Conv2dGeometry g{.padding = static_cast<int>(kernel / 2)};
      const auto draw = [&](const Shape& shape, const char* stream) {
        Tensor tensor(shape);
        Rng rng(1, stream);
        for (float& number : tensor.floats()) number = rng.normal();
        return tensor.to(dtype);
      };
      const Tensor x = draw(x_shape, "x"), w = draw(w_shape, "w"), dy = draw(x_shape, "dy");
      const auto results = [&] {
        const ConvolutionGradients back = conv2d_backward(dy, {x, x_shape}, {w, w_shape}, g, WithBias::No);
        return std::vector{conv2d_forward(x, w, {}, g), back.src, back.parameters.weights};
      };
      const std::vector<Tensor> fast = results();
      CHECK(use_winograd(x_shape, w_shape, x_shape, dtype, g));
      const Context::Scope scope(direct);
      CHECK_FALSE(use_winograd(x_shape, w_shape, x_shape, dtype, g));
      const std::vector<Tensor> plain = results();
      for (size_t i = 0; i < plain.size(); ++i) {
        CAPTURE(i);
        const Tensor a = plain[i].to(DType::F32), b = fast[i].to(DType::F32);
        double square = 0, difference = 0;
        for (int64_t k = 0; k < a.size(); ++k) {
          const double number = a.data<float>()[k];
          square += number * number;
          difference += std::pow(b.data<float>()[k] - number, 2);
        }
        CHECK(difference > 0);
        CHECK(std::sqrt(difference / square) < (dtype == DType::F32 ? 1e-5 : 0.02));
      }
    }
}

TEST_CASE("ops: Winograd's algorithm loses little in bf16") {
  if (!bf16_or_skip()) return;
  // Root mean square of got - expected over that of expected.
  const auto error = [](const Tensor& got, const Tensor& expected) {
    const Tensor a = got.to(DType::F32), b = expected.to(DType::F32);
    REQUIRE(a.shape() == b.shape());
    double difference = 0, whole = 0;
    for (size_t i = 0; i < a.floats().size(); ++i) {
      difference += std::pow(a.floats()[i] - b.floats()[i], 2);
      whole += std::pow(b.floats()[i], 2);
    }
    return std::sqrt(difference / whole);
  };
  for (const int64_t taps : {3, 5}) {
    CAPTURE(taps);
    // With 3 taps the operands of products are rounded to bf16, with 5 nothing is but the results.
    const double tolerance = taps == 3 ? 0.015 : 0.002;
    const Shape x_shape{3, 9, 10, 17}, w_shape{18, taps, taps, 17}, y_shape{3, 9, 10, 18};
    const int padding = static_cast<int>(taps / 2);
    Rng rng(1, "winograd");
    const Tensor x = Tensor::of(x_shape, normal(x_shape, rng)).to(DType::BF16);
    const Tensor w = Tensor::of(w_shape, normal(w_shape, rng)).to(DType::BF16);
    const Tensor dy = Tensor::of(y_shape, normal(y_shape, rng)).to(DType::BF16);
    const Tensor b = Tensor::full({18}, 0.5f);
    const Tensor x_wide = x.to(DType::F32), w_wide = w.to(DType::F32), dy_wide = dy.to(DType::F32);
    CHECK(error(winograd_forward(x, w, b, y_shape, padding),
                winograd_forward(x_wide, w_wide, b, y_shape, padding)) < tolerance);
    const ConvolutionGradients narrow =
        winograd_backward(dy, {x, x_shape}, {w, w_shape}, padding, WithBias::Yes);
    const ConvolutionGradients wide =
        winograd_backward(dy_wide, {x_wide, x_shape}, {w_wide, w_shape}, padding, WithBias::Yes);
    CHECK(error(narrow.src, wide.src) < tolerance);
    CHECK(error(narrow.parameters.weights, wide.parameters.weights) < tolerance);
    CHECK(error(narrow.parameters.bias, wide.parameters.bias) < 1e-6);
  }
}

TEST_CASE("ops: conv2d of few channels") {
  const std::vector<ConvRow> rows = {
      {{3, 12, 11, 1}, {20, 5, 5, 1}},  // an odd number of taps
      {{2, 9, 8, 3}, {17, 3, 3, 3}, {.padding = 1}},
      {{2, 9, 7, 4}, {19, 2, 4, 4}, {.stride = 3, .padding = 2}},  // the longest run, rows of padding
      {{1, 13, 13, 2}, {7, 7, 7, 2}, {.stride = 2, .padding = 3}, WithBias::No},
  };
  for (const ConvRow& row : rows) {
    CAPTURE(conv_case(row).name);
    CHECK(use_patches(row.w, DType::BF16, row.geometry));
    CHECK(!use_patches(row.w, DType::F32, row.geometry));
  }
  prove_convolutions("conv2d of few channels", rows);
}

// The faults are those of oneDNN 2.6.3 and 3.7.2; framework/kernels/onednn/convolution.cpp works around them.
TEST_CASE("ops: conv2d where oneDNN has faults") {
  prove_convolutions("conv2d around faults",
                     {
                         // bf16, 1x1, odd output channels: wrong data gradients at 30 and 900 pixels (2.6.3)
                         {{3, 6, 5, 19}, {53, 1, 1, 19}},
                         {{1, 30, 30, 3}, {17, 1, 1, 3}},
                         {{2, 12, 10, 3}, {17, 1, 1, 3}, {.stride = 2}},
                         // strided 1x1: writes past its workspace (both), which builds with assertions notice
                         {{1, 6, 14, 7}, {40, 1, 1, 7}, {.stride = 2}},
                         {{1, 9, 21, 2}, {16, 1, 1, 2}, {.stride = 3}},
                         {{1, 60, 10, 40}, {17, 1, 1, 40}, {.stride = 2}},
                         {{2, 9, 10, 6}, {4, 1, 1, 3}, {.stride = 3, .groups = 2}},
                         // bf16, images narrower than the stride: weight gradients from stale memory (both)
                         {{3, 9, 1, 17}, {19, 3, 3, 17}, {.stride = 2, .padding = 1}},
                         {{1, 5, 2, 3}, {17, 5, 5, 3}, {.stride = 3, .padding = 2}},
                         {{2, 2, 1, 1}, {3, 1, 1, 1}, {.stride = 2}, WithBias::No},
                     });
}

TEST_CASE("ops: conv2d with dilation") {
  prove_convolutions("conv2d dilated",
                     {
                         {{1, 10, 9, 17}, {3, 3, 3, 17}, {.padding = 2, .dilation = 2}},
                         {{2, 11, 11, 3}, {17, 3, 3, 3}, {.stride = 2, .padding = 2, .dilation = 2}},
                         {{1, 9, 9, 1}, {19, 3, 3, 1}, {.dilation = 4}, WithBias::No},
                         {{1, 9, 9, 3}, {3, 3, 3, 1}, {.padding = 2, .dilation = 2, .groups = 3}},
                     });
}

TEST_CASE("ops: conv2d with groups") {
  prove_convolutions("conv2d grouped",
                     {
                         {{2, 6, 6, 6}, {9, 3, 3, 2}, {.padding = 1, .groups = 3}},
                         {{1, 6, 6, 34}, {38, 3, 3, 17}, {.stride = 2, .padding = 1, .groups = 2}},
                         {{1, 7, 7, 17}, {17, 3, 3, 1}, {.padding = 1, .groups = 17}},
                         {{2, 7, 7, 19}, {19, 3, 3, 1}, {.stride = 2, .padding = 1, .groups = 19}},
                         {{1, 5, 5, 53}, {53, 3, 3, 1}, {.padding = 1, .groups = 53}, WithBias::No},
                         {{3, 6, 6, 3}, {6, 3, 3, 1}, {.padding = 1, .groups = 3}},
                         {{1, 6, 6, 32}, {32, 3, 3, 1}, {.padding = 1, .groups = 32}},
                     });
}

TEST_CASE("ops: conv2d and linear with a relu") {
  // Few whole numbers and a bias between two of them: no sum comes near zero.
  const Draw few = [](const Shape& shape, Rng& rng) {
    Values values(static_cast<size_t>(shape.count()));
    for (float& value : values) value = static_cast<float>(rng.below(8)) - 3;
    for (float& value : values) value = std::fabs(value) > 1 ? 0.0f : value;
    return values;
  };
  std::vector<OpCase> cases;
  for (const ConvRow& row : std::vector<ConvRow>{{{2, 9, 9, 7}, {19, 3, 3, 7}, {.stride = 2, .padding = 1}},
                                                 {{2, 9, 8, 1}, {17, 5, 5, 1}},
                                                 {{3, 7, 7, 6}, {10, 1, 1, 6}, {.stride = 2}},
                                                 {{4, 12, 12, 32}, {53, 3, 3, 32}, {.padding = 1}}}) {
    OpCase with_relu = conv_case(row);
    with_relu.op = [g = row.geometry](Tape& tape, const Vars& v, DType) {
      return conv2d(tape, v[0], v[1], v[2], g, Activation::Relu);
    };
    with_relu.naive = [g = row.geometry](const Arrays& a) {
      return reference::relu(reference::conv2d(a[0], a[1], a[2], g));
    };
    if (row.w[0] == 53) with_relu.bf16_tolerance = 0.1;  // Winograd's
    cases.push_back(with_relu);
  }
  cases.push_back(
      {.name = "linear",
       .inputs = {{"x", {5, 53}}, {"w", {19, 53}}, {"b", {19}, normal, kF32}},
       .op = [](Tape& tape, const Vars& v,
                DType) { return linear(tape, v[0], v[1], v[2], Activation::Relu); },
       .naive = [](const Arrays& a) { return reference::relu(reference::linear(a[0], a[1], a[2])); }});
  for (OpCase& c : cases) {
    c.inputs[0].draw = c.inputs[1].draw = few;
    c.inputs[2].draw = cycle({0.5f, -0.5f, 1.5f});
  }
  prove("conv2d and linear with a relu", cases);
}
