// Turned and scaled images, and those with another contrast and brightness.
#include "framework/data/batches/warp.h"

#include <doctest/doctest.h>

#include <set>

#include "framework/data/batches/batches.h"
#include "framework/data/split.h"
#include "framework/parallel/context.h"
#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

template <class T>
std::vector<T> warped(const std::vector<T>& image, const InputShape& shape, const Warp& by) {
  std::vector<T> to(image.size());
  warp(image.data(), shape, by, to.data());
  return to;
}

const Normalisation kPlain{{0}, {1}};

std::vector<float> batch_of(const ArraySet& set, const Augment& augment, int epoch) {
  const Batches batches(set, all_indices(set.count()), kPlain, set.count(), LastBatch::Keep, augment, 5);
  const Tensor inputs = batches.get(epoch, 0).inputs;
  return {inputs.floats().begin(), inputs.floats().end()};
}

ArraySet noise_set(int count, int side) {
  std::vector<float> numbers;
  for (const uint8_t byte : noise(static_cast<size_t>(count * side * side)))
    numbers.push_back(static_cast<float>(byte) / 255.0f);
  return {{side, side, 1, Element::F32}, numbers, std::vector<int32_t>(static_cast<size_t>(count), 0)};
}

}  // namespace

TEST_CASE("warp: a quarter turn moves every pixel, and a whole one none") {
  const std::vector<uint8_t> image{1, 2, 3,  //
                                   4, 5, 6,  //
                                   7, 8, 9};
  const InputShape shape{3, 3, 1, Element::U8};
  CHECK(warped(image, shape, {90, 1}) == std::vector<uint8_t>{7, 4, 1, 8, 5, 2, 9, 6, 3});
  CHECK(warped(image, shape, {-90, 1}) == std::vector<uint8_t>{3, 6, 9, 2, 5, 8, 1, 4, 7});
  CHECK(warped(image, shape, {180, 1}) == std::vector<uint8_t>{9, 8, 7, 6, 5, 4, 3, 2, 1});
  CHECK(warped(image, shape, {360, 1}) == image);
  const std::vector<float> floats(image.begin(), image.end());
  CHECK(warped(floats, {3, 3, 1, Element::F32}, {90, 1}) == std::vector<float>{7, 4, 1, 8, 5, 2, 9, 6, 3});
}

TEST_CASE("warp: twice as large is bilinear, half as large is black around it, channels stay apart") {
  const std::vector<float> row{0, 0, 8, 0, 0};
  const std::vector<float> larger = warped(row, {1, 5, 1, Element::F32}, {0, 2});
  CHECK(larger == std::vector<float>{0, 4, 8, 4, 0});
  const std::vector<uint8_t> two{10, 200, 20, 100, 30, 50, 40, 0};  // (2,2,2)
  const std::vector<uint8_t> smaller = warped(two, {2, 2, 2, Element::U8}, {0, 0.5});
  // Each pixel now lies half a pixel beyond a corner: a quarter of it is seen.
  CHECK(smaller == std::vector<uint8_t>{3, 50, 5, 25, 8, 13, 10, 0});
}

TEST_CASE("augment: rotate, scale, contrast and brightness are functions of seed, epoch and example") {
  const ArraySet set = noise_set(12, 9);
  const std::vector<float> plain = batch_of(set, {}, 0);
  for (const Augment& augment :
       {Augment{.rotate = 20}, Augment{.scale = 0.3}, Augment{.contrast = 0.4}, Augment{.brightness = 0.5}}) {
    const std::vector<float> first = batch_of(set, augment, 0);
    CHECK(first != plain);
    CHECK(batch_of(set, augment, 1) != first);
    for (const int threads : {1, 2, 3}) {
      const Context context({.threads = threads});
      const Context::Scope scope(context);
      CHECK(batch_of(set, augment, 0) == first);
    }
  }
}

TEST_CASE("augment: contrast and brightness change all numbers of an example alike, within their bounds") {
  const ArraySet set = noise_set(40, 6);
  const std::vector<float> order = batch_of(set, {}, 0);
  const std::vector<float> changed = batch_of(set, {.contrast = 0.25, .brightness = 0.5}, 0);
  std::set<float> factors;
  for (size_t i = 0; i < 40; ++i) {
    const float* const x = order.data() + i * 36;
    const float* const y = changed.data() + i * 36;
    size_t other = 1;
    while (x[other] == x[0]) ++other;
    const float factor = (y[other] - y[0]) / (x[other] - x[0]), added = y[0] - factor * x[0];
    CHECK(factor >= 0.7499f);
    CHECK(factor <= 1.2501f);
    CHECK(std::fabs(added) < 0.501f);
    CHECK(y[35] == doctest::Approx(factor * x[35] + added).epsilon(1e-3));
    factors.insert(factor);
  }
  CHECK(factors.size() == 40);
}

TEST_CASE("augment: what is no image cannot be turned") {
  const ArraySet table({1, 1, 3, Element::F32}, {1, 2, 3}, std::vector<int32_t>{0});
  CHECK(
      contains(failure_of(Failure::Usage,
                          [&] {
                            Batches(table, {0}, {{0, 0, 0}, {1, 1, 1}}, 1, LastBatch::Keep, {.rotate = 5}, 1);
                          }),
               "data.augment.rotate: inputs of (1,1,3) are no images"));
}
