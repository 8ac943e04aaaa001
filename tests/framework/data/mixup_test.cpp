// Whole batches: blends of examples, and classes in balance.
#include <algorithm>
#include <cmath>
#include <map>

#include "framework/data/batches/batches.h"
#include "framework/data/batches/mixup.h"
#include "framework/data/split.h"
#include "framework/kernels/loss/softmax.h"
#include "tests/support/data_fixtures.h"
#include "train/task/classification.h"
#include "train/task/multi_label.h"

using namespace pare;

namespace {

// `counts[k]` examples of class k, each a pixel of its own value.
ImageSet uneven(std::vector<int> counts) {
  std::vector<uint8_t> pixels, labels;
  for (size_t k = 0; k < counts.size(); ++k)
    for (int i = 0; i < counts[k]; ++i) {
      pixels.push_back(static_cast<uint8_t>(pixels.size()));
      labels.push_back(static_cast<uint8_t>(k));
    }
  return {1, 1, 1, std::move(pixels), std::move(labels)};
}

const Normalisation kPlain{{0}, {1}};

ImageSet noisy(int count, int height, int width) {
  std::vector<uint8_t> pixels;
  for (int i = 0; i < count * height * width; ++i)
    pixels.push_back(static_cast<uint8_t>(static_cast<uint32_t>(i) * 2654435761u >> 24));
  return {height, width, 1, std::move(pixels), std::vector<uint8_t>(static_cast<size_t>(count))};
}

}  // namespace

TEST_CASE("mixup: the share is of the Beta distribution, and a function of seed, epoch and position") {
  for (const double alpha : {0.2, 1.0, 4.0}) {
    CAPTURE(alpha);
    double sum = 0, squares = 0;
    constexpr int kDraws = 20000;
    for (int i = 0; i < kDraws; ++i) {
      const double share = draw_own_share(alpha, 1, i % 100, i / 100);
      REQUIRE(share >= 0);
      REQUIRE(share <= 1);
      sum += share;
      squares += share * share;
    }
    const double mean = sum / kDraws, variance = squares / kDraws - mean * mean;
    CHECK(mean == doctest::Approx(0.5).epsilon(0.02));
    CHECK(variance == doctest::Approx(1 / (4 * (2 * alpha + 1))).epsilon(0.03));
  }
  CHECK(draw_own_share(1, 1, 2, 3) == draw_own_share(1, 1, 2, 3));
  CHECK(draw_own_share(1, 1, 2, 3) != draw_own_share(1, 2, 2, 3));
  CHECK(draw_own_share(1, 1, 2, 3) != draw_own_share(1, 1, 3, 2));
}

TEST_CASE("mixup: a batch's inputs are those of the plain batch, blended with its own rows backwards") {
  const ImageSet set = noisy(11, 3, 2);
  const auto batches = [&](double mixup, DType dtype) {
    return Batches(set, all_indices(11), kPlain, 11, LastBatch::Keep, {.flip = true, .mixup = mixup}, 4,
                   dtype);
  };
  const Batch plain = batches(0, DType::F32).get(2), mixed = batches(0.5, DType::F32).get(2),
              narrow = batches(0.5, DType::BF16).get(2);
  CHECK(plain.own_share == 1);
  CHECK(plain.classes == mixed.classes);
  const float own = mixed.own_share;
  CHECK(own == draw_own_share(0.5, 4, 2, 0));
  CHECK(own < 1);
  const Tensor narrowed = narrow.inputs.to(DType::F32);
  for (int64_t n = 0; n < 11; ++n)
    for (int64_t i = 0; i < 6; ++i) {
      const float* const x = plain.inputs.data<float>();
      const float expected = n == 5 ? x[n * 6 + i] : own * x[n * 6 + i] + (1 - own) * x[(10 - n) * 6 + i];
      CHECK(mixed.inputs.data<float>()[n * 6 + i] == doctest::Approx(expected).epsilon(1e-6));
      CHECK(narrowed.data<float>()[n * 6 + i] == doctest::Approx(expected).epsilon(0.01));
    }
}

TEST_CASE("mixup: numbers that are asked for are blended, too") {
  std::vector<float> numbers{0, 1, 2, 3}, values{10, 20, 30, 40};
  const ArraySet set({1, 1, 1, Element::F32}, numbers, values, 1);
  const Batch batch = Batches(set, all_indices(4), kPlain, 4, LastBatch::Keep, {.mixup = 1}, 7).get(0);
  REQUIRE(batch.own_share < 1);
  for (int n = 0; n < 4; ++n)
    CHECK(batch.values.data<float>()[n] == doctest::Approx(10 + 10 * batch.inputs.data<float>()[n]));
}

TEST_CASE("mixup: the loss is that of both classes by their shares, weighted or not") {
  Batch batch;
  batch.classes = {0, 2, 1};
  batch.own_share = 0.7f;
  Tensor outputs({3, 3});
  for (int i = 0; i < 9; ++i) outputs.data<float>()[i] = static_cast<float>(std::sin(3 * i));
  // -log softmax, in double precision
  const auto surprise = [&](int row, int label) {
    double mass = 0;
    for (int k = 0; k < 3; ++k) mass += std::exp(double{outputs.data<float>()[3 * row + k]});
    return std::log(mass) - outputs.data<float>()[3 * row + label];
  };
  for (const std::vector<float>& weights :
       {std::vector<float>{}, std::vector<float>{0.5f, 2, 1.25f}, std::vector<float>{0.5f, 2, 0}}) {
    double expected = 0, reported = 0;
    for (int n = 0; n < 3; ++n)
      for (const bool own : {true, false}) {
        const int label = batch.classes[static_cast<size_t>(own ? n : 2 - n)];
        const double share = own ? batch.own_share : 1 - double{batch.own_share};
        expected +=
            share * surprise(n, label) * (weights.empty() ? 1 : weights[static_cast<size_t>(label)]) / 3;
        reported += share * surprise(n, label) / 3;
      }
    const Classification task(0, weights);
    Tape tape;
    CHECK(task.loss(tape, Tape::constant(outputs), batch).value.item() ==
          doctest::Approx(expected).epsilon(1e-5));
    CHECK(task.reported_loss(outputs, batch) == doctest::Approx(reported).epsilon(1e-5));
  }
  // Largest scores are 1 (0.14), 4 -> 1 and 7 -> 1: sin 0, 0.14, -0.28; 0.41, -0.54, 0.65; -0.75, 0.84,
  // -0.91.
  REQUIRE(largest_scores(outputs) == std::vector<int32_t>{1, 2, 1});
  // Row 0 is of class 0 and 1, row 1 of 2 and 2, row 2 of 1 and 0.
  CHECK(Classification().metric_sum(outputs, batch) == doctest::Approx(0.3 + 1 + 0.7));
}

TEST_CASE("balanced: of each class the same number, each example before any comes again") {
  const ImageSet set = uneven({60, 7, 23});
  const Batches batches(set, all_indices(90), kPlain, 90, LastBatch::Keep, {}, 3, DType::F32,
                        Sampling::Balanced);
  std::map<int, int> all;
  for (int epoch = 0; epoch < 4; ++epoch) {
    const Batch batch = batches.get(epoch);
    std::map<int32_t, int> counts;
    std::map<int, int> times;
    for (size_t i = 0; i < 90; ++i) {
      ++counts[batch.classes[i]];
      const int example = static_cast<int>(std::lround(batch.inputs.data<float>()[i] * 255));
      CHECK(set.label(example) == batch.classes[i]);
      ++times[example], ++all[example];
    }
    CHECK(counts == std::map<int32_t, int>{{0, 30}, {1, 30}, {2, 30}});
    for (const auto& [example, count] : times) {
      if (set.label(example) == 0) CHECK(count == 1);
      if (set.label(example) == 1) CHECK((count == 4 || count == 5));
      if (set.label(example) == 2) CHECK((count == 1 || count == 2));
    }
  }
  CHECK(all.size() > 80);  // over epochs, common ones take turns
  CHECK(batches.get(2).classes == batches.get(2).classes);
  CHECK(batches.get(2).classes != batches.get(3).classes);
}

TEST_CASE("balanced: an example that comes several times is changed differently each time") {
  ImageSet set = noisy(6, 8, 8);
  set.labels = {0, 0, 0, 0, 0, 1};
  const Batch batch = Batches(set, all_indices(6), kPlain, 6, LastBatch::Keep, {.shift = 3}, 3, DType::F32,
                              Sampling::Balanced)
                          .get(0);
  std::vector<std::vector<float>> rare;
  for (size_t i = 0; i < 6; ++i)
    if (batch.classes[i] == 1)
      rare.emplace_back(batch.inputs.data<float>() + i * 64, batch.inputs.data<float>() + (i + 1) * 64);
  REQUIRE(rare.size() == 3);
  CHECK((rare[0] != rare[1] || rare[1] != rare[2]));
}

TEST_CASE("balanced: numbers to predict have no classes") {
  const ArraySet set({1, 1, 1, Element::F32}, {0, 1}, {0, 1}, 1);
  CHECK(contains(failure_of(Failure::Usage,
                            [&] {
                              Batches(set, all_indices(2), kPlain, 2, LastBatch::Keep, {}, 1, DType::F32,
                                      Sampling::Balanced);
                            }),
                 "data.sampling: balanced"));
}
