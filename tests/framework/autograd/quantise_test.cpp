#include "framework/kernels/quantisation/quantise.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include "framework/base/rng.h"
#include "framework/parallel/context.h"

using namespace pare;

namespace {

constexpr Levels kBoth[] = {Levels::Paper, Levels::Symmetric};

Tensor random(const Shape& shape, const char* stream, float scale = 1) {
  Tensor tensor(shape);
  Rng rng(5, stream);
  for (float& value : tensor.floats()) value = scale * rng.normal();
  return tensor;
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

Tensor one(float value) { return Tensor::full(Shape{1}, value); }

// The levels a fine comb of weights reaches.
std::set<int> levels_at(Levels levels, float bits) {
  std::vector<float> comb;
  for (float x = -20; x <= 20; x += 0.0625f) comb.push_back(x);
  std::vector<int32_t> integers(comb.size());
  quantise_to_integers(comb, bits, 0, levels, integers);
  return {integers.begin(), integers.end()};
}

std::set<int> range(int low, int high) {
  std::set<int> all;
  for (int i = low; i <= high; ++i) all.insert(i);
  return all;
}

}  // namespace

TEST_CASE("quantise: no bits give only zeros") {
  for (const Levels levels : kBoth)
    for (const float exponent : {-9.3f, 0.0f, 4.0f}) {
      const Tensor x = random({1, 1000}, "zeros", 30);
      const Tensor q = Quantiser(one(0), one(exponent), levels).forward(x, DType::F32);
      CHECK(same_bits(q, Tensor::zeros(x.shape())));  // not -0 either
      CHECK(levels_at(levels, 0) == std::set<int>{0});
    }
}

TEST_CASE("quantise: the paper's levels at each bit depth") {
  CHECK(levels_at(Levels::Paper, 0.01f) == range(-1, 0));
  CHECK(levels_at(Levels::Paper, 1) == range(-1, 0));
  CHECK(levels_at(Levels::Paper, 1.5849f) == range(-1, 0));
  CHECK(levels_at(Levels::Paper, 1.585f) == range(-2, 1));  // just above the cliff, log2(3) = 1.58496
  CHECK(levels_at(Levels::Paper, 1.586f) == range(-2, 1));
  CHECK(levels_at(Levels::Paper, 2) == range(-2, 1));
  CHECK(levels_at(Levels::Paper, 2.33f) == range(-3, 2));
  CHECK(levels_at(Levels::Paper, 2.81f) == range(-4, 3));
  CHECK(levels_at(Levels::Paper, 3) == range(-4, 3));
  CHECK(levels_at(Levels::Paper, 3.2f) == range(-5, 4));
  CHECK(levels_at(Levels::Paper, 4) == range(-8, 7));
}

TEST_CASE("quantise: symmetric levels are 2r+1 at log2(2r+1) bits") {
  for (int r = 0; r <= 19; ++r) {
    CAPTURE(r);
    CHECK(levels_at(Levels::Symmetric, std::log2(static_cast<float>(2 * r + 1))) == range(-r, r));
  }
}

TEST_CASE("quantise: at a whole depth b no symmetric level is above 2^(b-1) - 1, however large a weight") {
  for (int b = 1; b <= 16; ++b) {
    CAPTURE(b);
    const std::vector<float> x = {-1e9f, 1e9f};
    std::vector<int32_t> integers(x.size());
    quantise_to_integers(x, static_cast<float>(b), 0, Levels::Symmetric, integers);
    const int32_t largest = (1 << (b - 1)) - 1;
    CHECK(integers == std::vector<int32_t>{-largest, largest});
    const Tensor y = Quantiser(one(static_cast<float>(b)), one(0), Levels::Symmetric)
                         .forward(Tensor::of({1, 2}, x), DType::F32);
    CHECK(y.data<float>()[1] == static_cast<float>(largest));
  }
}

TEST_CASE("quantise: ties go to the even integer") {
  const std::vector<float> x = {-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f};
  std::vector<int32_t> integers(x.size());
  quantise_to_integers(x, 8, 0, Levels::Symmetric, integers);
  CHECK(integers == std::vector<int32_t>{-2, -2, 0, 0, 2, 2});
}

TEST_CASE("quantise: integers times the step are the forward, bit for bit") {
  for (const Levels levels : kBoth)
    for (const float bits : {0.0f, 0.7f, 1.0f, 1.585f, 2.33f, 4.0f, 7.9f})
      for (const float exponent : {-9.37f, -3.0f, 0.21f}) {
        const Tensor x = random({1, 333}, "integers", 4 * step_size(exponent));
        std::vector<int32_t> integers(333);
        quantise_to_integers(x.floats(), bits, exponent, levels, integers);
        Tensor rebuilt(x.shape());
        for (int i = 0; i < 333; ++i)
          rebuilt.data<float>()[i] = static_cast<float>(integers[i]) * step_size(exponent);
        for (const DType dtype : {DType::F32, DType::BF16}) {
          CAPTURE(bits);
          CHECK(same_bits(Quantiser(one(bits), one(exponent), levels).forward(x, dtype), rebuilt.to(dtype)));
        }
      }
}

TEST_CASE("quantise: gradients inside and on both clips") {
  // step 1/2, b = 3: the paper's range is [-4, 3] steps, the symmetric one [-3.5, 3.5]
  const float ln2 = 0.69314718f, step = 0.5f, half = 4;  // half = 2^(b-1)
  struct Row {
    Levels levels;
    float x, dx, db, de;  // for dy = 1
  };
  for (const Row& row : {Row{Levels::Paper, 0.6f, 1, 0, ln2 * (0.5f - 0.6f)},
                         Row{Levels::Paper, -1.4f, 1, 0, ln2 * (-1.5f + 1.4f)},
                         Row{Levels::Paper, 1.6f, 0, step * ln2 * half, ln2 * 1.5f},
                         Row{Levels::Paper, 1.5f, 0, step * ln2 * half, ln2 * 1.5f},  // at the bound: clipped
                         Row{Levels::Paper, -2.1f, 0, -step * ln2 * half, ln2 * -2.0f},
                         Row{Levels::Paper, -2.0f, 0, -step * ln2 * half, ln2 * -2.0f},
                         Row{Levels::Symmetric, 1.7f, 1, 0, ln2 * (1.5f - 1.7f)},
                         Row{Levels::Symmetric, 1.8f, 0, step * ln2 * half, ln2 * 1.5f},
                         Row{Levels::Symmetric, -1.8f, 0, -step * ln2 * half, ln2 * -1.5f}}) {
    CAPTURE(row.x);
    for (const float dy : {1.0f, -3.0f}) {
      const QuantiseGradients d = Quantiser(one(3), one(-1), row.levels)
                                      .backward(Tensor::full({1, 1}, dy), Tensor::full({1, 1}, row.x));
      CHECK(d.x.item() == row.dx * dy);
      CHECK(d.bits.item() == doctest::Approx(row.db * dy).epsilon(1e-6));
      CHECK(d.exponents.item() == doctest::Approx(row.de * dy).epsilon(1e-5));
    }
  }
}

TEST_CASE("quantise: a channel without bits can still grow back") {
  for (const Levels levels : kBoth) {
    const QuantiseGradients d =
        Quantiser(one(0), one(0), levels).backward(Tensor::full({1, 1}, -1), Tensor::full({1, 1}, 0.3f));
    CHECK(d.x.item() == 0);
    CHECK(d.bits.item() == doctest::Approx(-0.34657f));  // ln2 2^-1 dy
    CHECK(d.exponents.item() == 0);
  }
}

TEST_CASE("quantise: rows of any length and any channel give what single weights give") {
  // Lengths around the vector widths of every instruction set.
  for (const Levels levels : kBoth)
    for (const int64_t row : {1, 15, 16, 17, 31, 32, 33, 65}) {
      CAPTURE(row);
      const int64_t channels = 3;
      const Tensor x = random({channels, row}, "rows", 2), dy = random({channels, row}, "dy");
      const Tensor bits = Tensor::of({channels}, std::vector<float>{2.2f, 0, 5});
      const Tensor exponents = Tensor::of({channels}, std::vector<float>{-0.3f, 1, -4});
      Quantiser quantiser(bits, exponents, levels);
      const Tensor q = quantiser.forward(x, DType::F32);
      const Tensor low = quantiser.forward(x, DType::BF16);
      const QuantiseGradients d = quantiser.backward(dy, x);
      CHECK(same_bits(low, q.to(DType::BF16)));
      for (int64_t o = 0; o < channels; ++o) {
        const float b = bits.data<float>()[o], e = exponents.data<float>()[o];
        double sum_bits = 0, sum_exponents = 0, size_bits = 0, size_exponents = 0;
        for (int64_t i = o * row; i < (o + 1) * row; ++i) {
          const Tensor xi = Tensor::full({1, 1}, x.data<float>()[i]);
          const Tensor dyi = Tensor::full({1, 1}, dy.data<float>()[i]);
          Quantiser single(one(b), one(e), levels);
          CHECK(q.data<float>()[i] == single.forward(xi, DType::F32).item());
          const QuantiseGradients di = single.backward(dyi, xi);
          CHECK(d.x.data<float>()[i] == di.x.item());
          sum_bits += di.bits.item();
          sum_exponents += di.exponents.item();
          size_bits += std::abs(di.bits.item());
          size_exponents += std::abs(di.exponents.item());
        }
        CHECK(std::abs(d.bits.data<float>()[o] - sum_bits) <= 1e-6 * size_bits);
        CHECK(std::abs(d.exponents.data<float>()[o] - sum_exponents) <= 1e-6 * size_exponents);
      }
    }
}

TEST_CASE("quantise: what the forward pass saw of the clipping changes no gradient") {
  // b = 3, step 1: the paper's range is [-4, 3], the symmetric one [-3.5, 3.5]
  for (const Levels levels : kBoth) {
    const LevelRange range = level_range(levels, 3);
    for (const float outlier : {0.0f, range.high, -range.low, std::nextafter(range.high, 0.0f), 5.0f, -5.0f})
      for (const int64_t row : {1, 16, 37, 64, 100, 600})  // 64: taken together when rated, 600: in bf16
        for (const DType dtype : {DType::F32, DType::BF16})
          for (const float slope : {0.0f, 0.7f}) {
            CAPTURE(outlier);
            CAPTURE(row);
            Tensor x = random({2, row}, "clipping", 0.5f), rates;
            x.data<float>()[row / 2] = outlier;
            x.data<float>()[row + row - 1] = outlier;
            const Tensor dy = random({2, row}, "dy");
            Quantiser fresh(Tensor::full({2}, 3), Tensor::full({2}, 0), levels), after = fresh;
            after.forward(x, dtype, slope == 0 ? nullptr : &rates);
            const QuantiseGradients expected = fresh.backward(dy, x, slope), d = after.backward(dy, x, slope);
            CHECK(same_bits(d.x, expected.x));
            CHECK(same_bits(d.bits, expected.bits));
            CHECK(same_bits(d.exponents, expected.exponents));
          }
  }
}

TEST_CASE("quantise: the gradients of weights and of their rate add up in one pass") {
  for (const Levels levels : kBoth) {
    const Tensor x = random({3, 37}, "rated", 2), dy = random({3, 37}, "dy");
    const Tensor bits = Tensor::of({3}, std::vector<float>{2.2f, 1, 5});
    const Tensor exponents = Tensor::of({3}, std::vector<float>{-0.3f, 1, -4});
    const auto gradients = [&](const Tensor& of, float slope) {
      return Quantiser(bits, exponents, levels).backward(of, x, slope);
    };
    const QuantiseGradients both = gradients(dy, 0.7f), task = gradients(dy, 0),
                            rate = gradients(Tensor::zeros(dy.shape()), 0.7f);
    for (const auto part : {&QuantiseGradients::x, &QuantiseGradients::bits, &QuantiseGradients::exponents})
      for (int64_t i = 0; i < (both.*part).size(); ++i) {
        const float a = (task.*part).data<float>()[i], b = (rate.*part).data<float>()[i];
        CHECK(std::fabs((both.*part).data<float>()[i] - (a + b)) <= 1e-5f * (std::fabs(a) + std::fabs(b)));
      }
  }
}

TEST_CASE("quantise: the number of threads changes no bit") {
  const Shape shape{53, 3, 3, 311};  // enough for several threads
  const Tensor x = random(shape, "threads"), dy = random(shape, "dy");
  Tensor bits(Shape{53}), exponents(Shape{53});
  for (int o = 0; o < 53; ++o) {
    bits.data<float>()[o] = 0.15f * static_cast<float>(o);
    exponents.data<float>()[o] = -0.1f * static_cast<float>(o);
  }
  for (const Levels levels : kBoth) {
    struct Results {
      Tensor q, low;
      QuantiseGradients d;
      Tensor rates;
      QuantiseGradients rated;
    };
    const auto with = [&](int count) {
      const Context context({.threads = count});
      const Context::Scope scope(context);
      Tensor rates;
      Quantiser quantiser(bits, exponents, levels);
      Tensor q = quantiser.forward(x, DType::F32, &rates);
      return Results{q, quantiser.forward(x, DType::BF16), quantiser.backward(dy, x), rates,
                     quantiser.backward(dy, x, 0.7f)};
    };
    const Results single = with(1);
    for (const int count : {2, 3}) {
      const Results several = with(count);
      CHECK(same_bits(single.q, several.q));
      CHECK(same_bits(single.low, several.low));
      CHECK(same_bits(single.d.x, several.d.x));
      CHECK(same_bits(single.d.bits, several.d.bits));
      CHECK(same_bits(single.d.exponents, several.d.exponents));
      CHECK(same_bits(single.rates, several.rates));
      CHECK(same_bits(single.rated.x, several.rated.x));
      CHECK(same_bits(single.rated.bits, several.rated.bits));
      CHECK(same_bits(single.rated.exponents, several.rated.exponents));
    }
  }
}
