// The learnable quantiser and the rate against their naive versions (see ops_test.cpp).
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/support/numbers/op_harness.h"

using namespace pare;

namespace {

constexpr auto kF32 = Storage::AlwaysF32;

// Draws weights on both sides of the clip, away from ties, bounds and (where the rate has its kink) zero.
void settle_weights(std::vector<Values>& inputs, Levels levels, Rng& rng) {
  Values& x = inputs[0];
  const Values &bits = inputs[1], &exponents = inputs[2];
  const size_t row = x.size() / bits.size();
  for (size_t i = 0; i < x.size(); ++i) {
    const double b = bits[i / row], step = std::exp2(double{exponents[i / row]});
    const double high = levels == Levels::Paper ? std::exp2(b - 1) - 1 : (std::exp2(b) - 1) / 2;
    const double low = levels == Levels::Paper ? std::exp2(b - 1) : high;
    const double margin = 0.1 + 0.02 * low;
    const auto near_kink = [&](double u) {
      const double from_tie = std::abs(std::abs(u - std::nearbyint(u)) - 0.5);
      return from_tie < 0.05 || std::abs(u) < 0.05 || std::abs(u - high) < margin ||
             std::abs(u + low) < margin;
    };
    do {
      x[i] = static_cast<float>(step * (low + 0.5) * rng.normal());
    } while (near_kink(x[i] / step));
  }
}

struct Row {
  Shape x;
  Values bits, exponents;  // over and over
};

OpCase case_of(const Row& row, Levels levels) {
  const Shape channels{row.x[0]};
  return {.name = text(levels == Levels::Paper ? "paper " : "symmetric ", row.x),
          .inputs = {{"x", row.x, normal, kF32},
                     {"bits", channels, cycle(row.bits), kF32},
                     {"exponents", channels, cycle(row.exponents), kF32}},
          .op = {},
          .naive = {},
          .settle = [levels](std::vector<Values>& inputs, Rng& rng) { settle_weights(inputs, levels, rng); }};
}

// Every half step from -5 to 5 at whole exponents and bits, so that x sits exactly on ties and bounds.
OpCase case_at_kinks(Levels levels) {
  OpCase test = case_of({{12, 21}, {0, 1, 2, 3}, {0}}, levels);
  test.name += " at kinks";
  Values halves;
  for (int i = -10; i <= 10; ++i) halves.push_back(0.5f * static_cast<float>(i));
  test.inputs[0].draw = cycle(halves);
  test.settle = nullptr;
  test.kinks = Kinks::Hit;
  return test;
}

std::vector<OpCase> all_cases(Levels levels) {
  std::vector<OpCase> cases;
  for (const Row& row : std::vector<Row>{{{1, 1}, {3}, {-2}},
                                         {{3, 17}, {4.2f, 2, 0.5f}, {-3.3f, -1, 0.4f}},
                                         {{17, 3, 3, 19}, {2.6f, 4, 8, 6.3f, 1.3f}, {-4, -2.5f, -7.1f}},
                                         {{53, 1, 1, 3}, {2, 3.4f}, {-1.5f}},
                                         {{19, 53}, {8, 5.7f, 1.2f}, {-8, -5.5f, -2}},
                                         {{2, 701}, {8, 6.5f}, {-8, -6}}})
    cases.push_back(case_of(row, levels));
  cases.push_back(case_at_kinks(levels));
  return cases;
}

// Also the deepest channels a model file allows, long enough for a product of all their levels to overflow.
std::vector<OpCase> rate_cases(Levels levels) {
  std::vector<OpCase> cases = all_cases(levels);
  cases.push_back(case_of({{2, 701}, {16, 15.5f}, {-16, -14}}, levels));
  return cases;
}

}  // namespace

TEST_CASE("ops: quantise") {
  std::vector<OpCase> cases;
  for (const Levels levels : {Levels::Paper, Levels::Symmetric})
    for (OpCase test : all_cases(levels)) {
      test.op = [levels](Tape& tape, const Vars& v, DType dtype) {
        return quantise(tape, v[0], v[1], v[2], levels, dtype);
      };
      test.naive = [levels](const Arrays& a) { return reference::quantise(a[0], a[1], a[2], levels); };
      cases.push_back(std::move(test));
    }
  prove("quantise", cases);
}

TEST_CASE("ops: rate") {
  std::vector<OpCase> cases;
  for (const Levels levels : {Levels::Paper, Levels::Symmetric})
    for (OpCase test : rate_cases(levels)) {
      test.op = [levels](Tape& tape, const Vars& v, DType) {
        return quantise_with_rate(tape, v[0], v[1], v[2], levels, DType::F32).rate;
      };
      test.naive = [levels](const Arrays& a) { return reference::rate(a[0], a[1], a[2], levels); };
      test.precisions = Precisions::OnlyF32;
      cases.push_back(std::move(test));
    }
  prove("rate", cases);
}

TEST_CASE("ops: a loss of quantised weights and of their rate sends one gradient through both") {
  constexpr float kShare = 0.05f;
  std::vector<OpCase> cases;
  for (const Levels levels : {Levels::Paper, Levels::Symmetric})
    for (OpCase test : all_cases(levels)) {
      const Shape& shape = test.inputs[0].shape;
      if (shape.rank() != 2 || shape[1] == 1) continue;  // the weights are read as scores
      const std::vector<int32_t> labels(shape[0], 1);
      test.op = [=](Tape& tape, const Vars& v, DType dtype) {
        const RatedWeights rated = quantise_with_rate(tape, v[0], v[1], v[2], levels, dtype);
        return add_scaled(tape, cross_entropy(tape, rated.weights, labels), rated.rate, kShare);
      };
      test.naive = [=](const Arrays& a) {
        reference::Array loss =
            reference::cross_entropy(reference::quantise(a[0], a[1], a[2], levels), labels, 0);
        loss[0] = loss[0] + double{kShare} * reference::rate(a[0], a[1], a[2], levels)[0];
        return loss;
      };
      cases.push_back(std::move(test));
    }
  prove("quantise_with_rate", cases);
}
