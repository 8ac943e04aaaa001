// Uniform quantisation of activations against its naive version (see ops_test.cpp), and its fitted steps.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "framework/parallel/context.h"
#include "tests/support/network_fixtures.h"
#include "tests/support/numbers/op_harness.h"

using namespace pare;

namespace {

// Draws numbers on both sides of both ends, away from ties and ends.
void settle(Values& x, double step, IntegerRange range, Rng& rng) {
  const auto near = [](double u, double kink, double margin) { return std::abs(u - kink) < margin; };
  const double width = double{range.high} - range.low;
  for (float& number : x) {
    double u = 0;
    do {
      u = (range.high + range.low) / 2 + 0.5 * width * rng.normal();
    } while (near(std::abs(u - std::nearbyint(u)), 0.5, 0.05) || near(u, range.low, 0.1 + 0.02 * width) ||
             near(u, range.high, 0.1 + 0.02 * width));
    number = static_cast<float>(step * u);
  }
}

OpCase case_of(const Shape& shape, int bits, bool with_signs, float exponent) {
  const IntegerRange range = integers_of(bits, with_signs);
  return {
      .name = text(bits, with_signs ? " bits with signs " : " bits ", shape),
      .inputs = {{"x", shape}, {"exponent", {1}, cycle({exponent}), Storage::AlwaysF32}},
      .op = [range](Tape& tape, const Vars& v, DType) { return quantise_uniform(tape, v[0], v[1], range); },
      .naive = [range](const Arrays& a) { return reference::quantise_uniform(a[0], a[1], range); },
      .settle = [range, exponent](std::vector<Values>& inputs,
                                  Rng& rng) { settle(inputs[0], std::exp2(exponent), range, rng); },
      .bf16_tolerance = 3e-2};
}

double error_at(const Tensor& x, float exponent, IntegerRange range) {
  const Tensor q = quantise_uniform(x, exponent, range);
  double sum = 0;
  for (int64_t i = 0; i < x.size(); ++i) sum += std::pow(double{q.data<float>()[i]} - x.data<float>()[i], 2);
  return sum;
}

}  // namespace

TEST_CASE("ops: uniform quantisation") {
  std::vector<OpCase> cases{case_of({1, 1}, 1, false, 0), case_of({3, 5, 7, 2}, 2, true, -1.5f),
                            case_of({4, 9, 9, 5}, 4, false, -3), case_of({2, 70, 3, 11}, 3, true, 2.25f),
                            case_of({7, 101}, 6, false, -6)};
  cases.front().precisions = Precisions::OnlyF32;  // a step wider than bf16 tells numbers apart at its ends
  OpCase at_kinks = case_of({4, 21}, 2, true, 0);
  Values halves;
  for (int i = -10; i <= 10; ++i) halves.push_back(0.5f * static_cast<float>(i));
  at_kinks.inputs[0].draw = cycle(halves);
  at_kinks.settle = nullptr;
  at_kinks.kinks = Kinks::Hit;
  cases.push_back(at_kinks);
  prove("quantise_uniform", cases);
}

TEST_CASE("ops: a number repeated gets the sum of all gradients") {
  const std::vector<OpCase> cases{
      {.name = "7 times",
       .inputs = {{"x", {1}, normal, Storage::AlwaysF32}},
       .op = [](Tape& tape, const Vars& v, DType) { return repeated(tape, v[0], 7); },
       .naive =
           [](const Arrays& a) {
             reference::Array y(Shape{7});
             for (int i = 0; i < 7; ++i) y[i] = a[0][0];
             return y;
           },
       .precisions = Precisions::OnlyF32}};
  prove("repeated", cases);
}

TEST_CASE("quantise uniform: ends, ties and what is no number") {
  const Tensor x = Tensor::of({8}, Values{-1, -0.0f, 0.5f, 1.5f, 2.5f, 300, 1e30f, -1e30f});
  CHECK(quantise_uniform(x, 0, integers_of(8, false)).floats()[0] == 0);
  const std::vector<float> expected{-1, 0, 0, 2, 2, 127, 127, -128};
  const Tensor y = quantise_uniform(x, 0, integers_of(8, true));
  for (size_t i = 0; i < expected.size(); ++i) CHECK(y.floats()[i] == expected[i]);
  CHECK(!std::signbit(y.floats()[1]));
  const Tensor none = Tensor::full({3}, std::numeric_limits<float>::quiet_NaN());
  CHECK(std::isnan(quantise_uniform(none, 0, integers_of(8, false)).floats()[0]));
}

TEST_CASE("quantise uniform: the fitted step has the least error of those around it") {
  const Tensor x = random_tensor({40, 50});
  float last = -100;
  for (const int bits : {8, 4, 3, 2}) {
    const IntegerRange range = integers_of(bits, true);
    const float best = fitted_exponent(x, range);
    CHECK(best > last);  // fewer integers, wider steps
    last = best;
    for (const float other : {best - 0.25f, best + 0.25f})
      CHECK(error_at(x, best, range) < error_at(x, other, range));
  }
  // At 2 bits the largest numbers are clipped, at 8 hardly any.
  CHECK(quantise_uniform(x, fitted_exponent(x, integers_of(2, true)), integers_of(2, true)).floats()[0] != 0);
  CHECK(fitted_exponent(Tensor::zeros({5}), integers_of(8, false)) == 0);
  CHECK(fitted_exponent(Tensor::of({2}, Values{-3, -4}), integers_of(8, false)) ==
        0);  // no step can help these
  CHECK(fitted_exponent(Tensor::of({1}, Values{255}), integers_of(8, false)) == 0);
}

TEST_CASE("quantise uniform: the same bits on any number of threads") {
  const Tensor x = random_tensor({64, 30, 30, 5}), dy = random_tensor({64, 30, 30, 5}, 2);
  std::vector<double> sums;
  for (const int threads : {1, 2, 3}) {
    const Context context({.threads = threads});
    const Context::Scope scope(context);
    sums.push_back(quantise_uniform_backward(dy.clone(), x, -3, integers_of(4, true)).exponent);
  }
  CHECK(sums[0] == sums[1]);
  CHECK(sums[0] == sums[2]);
}
