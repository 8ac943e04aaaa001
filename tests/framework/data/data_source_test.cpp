// Sources of floats, what normalisation makes of them, and batches made ahead.
#include <doctest/doctest.h>
#include <algorithm>

#include <cmath>
#include <limits>

#include "framework/base/rng.h"
#include "framework/data/batches/batch_stream.h"
#include "framework/data/split.h"
#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

const InputShape kSeries{4, 1, 2, Element::F32};  // four moments of two sensors

// Channel 0 around 1000, channel 1 small; the target is twice the first number, and its negative.
ArraySet series(int count) {
  Rng rng(3, "series");
  std::vector<float> numbers, targets;
  for (int i = 0; i < count; ++i) {
    for (int64_t k = 0; k < kSeries.count(); ++k)
      numbers.push_back(k % 2 == 0 ? 1000 + 5 * rng.normal() : 0.01f * rng.normal());
    const float first = numbers[static_cast<size_t>(i) * 8];
    targets.insert(targets.end(), {2 * first, -first});
  }
  return {kSeries, std::move(numbers), std::move(targets), 2};
}

}  // namespace

TEST_CASE("source: floats are normalised per channel, far from zero too") {
  const ArraySet set = series(500);
  const Normalisation n = measure(set, all_indices(500));
  CHECK(n.mean[0] == doctest::Approx(1000).epsilon(0.001));
  CHECK(n.deviation[0] == doctest::Approx(5).epsilon(0.1));
  CHECK(n.deviation[1] == doctest::Approx(0.01).epsilon(0.1));
  const Batch batch = Batches::in_order(set, all_indices(500), n, 500).get(0);
  CHECK(batch.classes.empty());
  CHECK(batch.values.shape() == Shape{500, 2});
  double sums[2] = {0, 0}, squares[2] = {0, 0};
  for (int64_t i = 0; i < batch.inputs.size(); ++i) {
    const double x = batch.inputs.data<float>()[i];
    sums[i % 2] += x / 2000;
    squares[i % 2] += x * x / 2000;
    const double scale = 1 / double{n.deviation[i % 2]}, raw = set.numbers[static_cast<size_t>(i)];
    CHECK(x == doctest::Approx((raw - n.mean[i % 2]) * scale).epsilon(1e-3));
  }
  for (const int channel : {0, 1}) {
    CHECK(std::fabs(sums[channel]) < 1e-3);
    CHECK(squares[channel] == doctest::Approx(1).epsilon(1e-3));
  }
  CHECK(batch.values.data<float>()[3] == -set.numbers[8]);
}

TEST_CASE("source: floats that are all equal get a deviation one can divide by") {
  const ArraySet set({1, 1, 1, Element::F32}, {7, 7, 7}, std::vector<int32_t>{0, 1, 0});
  const Normalisation n = measure(set, all_indices(3));
  CHECK(n.mean[0] == 7);
  CHECK(n.deviation[0] == 1);
}

TEST_CASE("source: shift and flip move floats as they move bytes") {
  ImageSet bytes{3, 4, 2, noise(3 * 4 * 2 * 6), {0, 1, 2, 3, 4, 5}};
  std::vector<float> numbers(bytes.pixels.begin(), bytes.pixels.end());
  for (float& number : numbers) number /= 255;
  const ArraySet floats({3, 4, 2, Element::F32}, numbers, std::vector<int32_t>{0, 1, 2, 3, 4, 5});
  const Normalisation n = {{0.25f, 0.5f}, {0.5f, 0.25f}};
  for (const DType dtype : {DType::F32, DType::BF16})
    for (const Augment& augment : {Augment{}, Augment{2, true, 2}}) {
      const Batch a = Batches(bytes, all_indices(6), n, 6, LastBatch::Keep, augment, 1, dtype).get(3);
      const Batch b = Batches(floats, all_indices(6), n, 6, LastBatch::Keep, augment, 1, dtype).get(3);
      CHECK(a.classes == b.classes);
      const Tensor x = a.inputs.to(DType::F32), y = b.inputs.to(DType::F32);
      for (int64_t i = 0; i < x.size(); ++i)
        CHECK(std::fabs(x.data<float>()[i] - y.data<float>()[i]) <= (dtype == DType::F32 ? 1e-5f : 0.02f));
    }
}

TEST_CASE("source: arrays whose lengths do not fit, or with NaN, are refused") {
  const InputShape two{1, 2, 1, Element::F32};
  CHECK(contains(failure_of(Failure::Data,
                            [&] {
                              ArraySet(two, {1, 2, 3}, std::vector<int32_t>{0});
                            }),
                 "3 numbers for 1 examples of 2 each"));
  CHECK(contains(failure_of(Failure::Data, [&] { ArraySet(two, {1, 2}, {1, 2, 3}, 2); }), "3 values"));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(contains(failure_of(Failure::Data,
                            [&] {
                              ArraySet(two, {1, nan}, std::vector<int32_t>{0});
                            }),
                 "number 1 of the inputs is nan"));
  CHECK(contains(failure_of(Failure::Data, [&] { ArraySet(two, {1, 2}, {nan}, 1); }), "of the values"));
}

TEST_CASE("source: other numbers, targets or shapes have other fingerprints") {
  ArraySet set = series(5);
  const uint32_t before = set.fingerprint();
  CHECK(series(5).fingerprint() == before);
  set.numbers[3] += 1;
  CHECK(set.fingerprint() != before);
  set = series(5);
  set.targets[3] += 1;
  CHECK(set.fingerprint() != before);
  set = series(5);
  set.shape = {2, 2, 2, Element::F32};
  CHECK(set.fingerprint() != before);
}

TEST_CASE("batches: those made ahead on a spare thread are the same, from any step on") {
  const ImageSet set{4, 4, 1, noise(16 * 50), Bytes(50, 0)};
  const Batches batches(set, all_indices(50), {{0.5f}, {0.25f}}, 8, LastBatch::Drop, {1, true}, 7);
  for (const int64_t first : {0, 5, 13}) {
    BatchStream plain(batches, first, BatchStream::Ahead::No);
    std::vector<Batch> expected;
    for (int i = 0; i < 15; ++i) expected.push_back(plain.next());
    BatchStream ahead(batches, first, BatchStream::Ahead::OnASpareThread);
    for (const Batch& batch : expected) {
      const Batch found = ahead.next();
      REQUIRE(found.inputs.shape() == batch.inputs.shape());
      CHECK(std::equal(found.inputs.floats().begin(), found.inputs.floats().end(),
                       batch.inputs.floats().begin()));
    }
  }
}

TEST_CASE("batches: what goes wrong in making one is thrown to the one who asks for it") {
  struct Broken : ImageSet {
    Broken() : ImageSet(1, 1, 1, Bytes(10, 0), Bytes(10, 0)) {}
    const std::byte* read(int index, std::vector<std::byte>& buffer) const override {
      require(index != 7, Failure::Data, "example 7 is cut off");
      return ImageSet::read(index, buffer);
    }
  };
  const Broken set;
  const Batches batches = Batches::in_order(set, all_indices(10), {{0}, {1}}, 2);
  BatchStream stream(batches, 0, BatchStream::Ahead::OnASpareThread);
  for (int i = 0; i < 3; ++i) CHECK(stream.next().count() == 2);
  CHECK(failure_of(Failure::Data, [&] { stream.next(); }) == "example 7 is cut off");
  const BatchStream abandoned(batches, 0, BatchStream::Ahead::OnASpareThread);  // ends without being asked
}
