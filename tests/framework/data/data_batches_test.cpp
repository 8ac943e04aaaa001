// From a set of images to tensors: normalisation, split, order, augmentation.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/data/batches/batches.h"
#include "framework/data/split.h"
#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

const Normalisation kPlain1 = {{0}, {1}};

// Noise without zeros, so that black can only come from outside. An image's label is its index (below 256).
ImageSet noisy(int count, int height, int width, int channels) {
  ImageSet set{height, width, channels, {}, {}};
  set.pixels = noise(static_cast<size_t>(count) * height * width * channels);
  for (uint8_t& pixel : set.pixels) pixel = std::max<uint8_t>(pixel, 1);
  for (int i = 0; i < count; ++i) set.labels.push_back(static_cast<uint8_t>(i));
  return set;
}

std::vector<int> labels_of_epoch(const Batches& batches, int epoch) {
  std::vector<int> labels;
  for (int position = 0; position < batches.per_epoch(); ++position) {
    const Batch batch = batches.get(epoch, position);
    CHECK(batch.inputs.shape()[0] == std::ssize(batch.classes));
    labels.insert(labels.end(), batch.classes.begin(), batch.classes.end());
  }
  return labels;
}

// The image moved and mirrored, one pixel at a time.
std::vector<float> naive_view(const ImageSet& set, int index, const Normalisation& n, int down, int right,
                              bool mirrored) {
  std::vector<float> view;
  for (int y = 0; y < set.height; ++y) {
    for (int x = 0; x < set.width; ++x) {
      const int from_y = y + down, from_x = (mirrored ? set.width - 1 - x : x) + right;
      const bool inside = from_y >= 0 && from_y < set.height && from_x >= 0 && from_x < set.width;
      for (int c = 0; c < set.channels; ++c) {
        const int value = inside ? set.image(index)[(from_y * set.width + from_x) * set.channels + c] : 0;
        const auto scale = static_cast<float>(1 / (255 * double{n.deviation[c]}));
        const auto shift = static_cast<float>(-double{n.mean[c]} / n.deviation[c]);
        const volatile float scaled =
            static_cast<float>(value) * scale;  // no fused multiply-add, as in Batches
        view.push_back(scaled + shift);
      }
    }
  }
  return view;
}

struct Seen {
  int down, right;
  bool mirrored;
  auto operator<=>(const Seen&) const = default;
};

// Which views of image `index` equal these numbers exactly.
std::vector<Seen> matching_views(const ImageSet& set, int index, const Normalisation& n, int shift,
                                 const float* found) {
  std::vector<Seen> matches;
  for (int down = -shift; down <= shift; ++down)
    for (int right = -shift; right <= shift; ++right)
      for (const bool mirrored : {false, true}) {
        const std::vector<float> view = naive_view(set, index, n, down, right, mirrored);
        if (std::equal(view.begin(), view.end(), found)) matches.push_back({down, right, mirrored});
      }
  return matches;
}

}  // namespace

TEST_CASE("data: normalisation measures what one computes by hand, over the chosen images only") {
  // Two pixels of two channels an image; the middle image is not chosen.
  const ImageSet set{1, 2, 2, {0, 51, 255, 51, 9, 9, 9, 9, 0, 51, 255, 153}, {0, 0, 0}};
  const std::vector<int> chosen = {0, 2};
  const Normalisation n = measure(set, chosen);
  CHECK(n.mean == std::vector<float>{0.5f, 0.3f});  // (51+51+51+153) / 4 / 255 = 0.3
  CHECK(n.deviation[0] == 0.5f);
  CHECK(n.deviation[1] == 0.1732f);  // sqrt((3 * 0.1^2 + 0.3^2) / 4) = 0.17320...
}

TEST_CASE("data: normalisation of equal pixels keeps a deviation one can divide by") {
  const ImageSet set{1, 3, 1, {7, 7, 7}, {0}};
  const Normalisation n = measure(set, all_indices(1));
  CHECK(n.mean[0] == 0.0275f);
  CHECK(n.deviation[0] == 0.0001f);
}

TEST_CASE("data: a split is disjoint, complete, sorted and decided by the seed") {
  const ImageSet hundred = noisy(100, 1, 1, 1), five = noisy(5, 1, 1, 1);
  const Split a = split(hundred, 30, 1);
  CHECK(a.validation.size() == 30);
  CHECK(a.train.size() == 70);
  CHECK(std::is_sorted(a.train.begin(), a.train.end()));
  CHECK(std::is_sorted(a.validation.begin(), a.validation.end()));
  std::vector<int> both;
  std::merge(a.train.begin(), a.train.end(), a.validation.begin(), a.validation.end(),
             std::back_inserter(both));
  CHECK(both == all_indices(100));
  CHECK(split(hundred, 30, 1).validation == a.validation);
  CHECK(split(hundred, 30, 2).validation != a.validation);

  CHECK(split(five, 0, 1).train == all_indices(5));
  CHECK(split(five, 0, 1).validation.empty());
  failure_of(Failure::Usage, [&] { split(five, 5, 1); });
  failure_of(Failure::Usage, [&] { split(five, -1, 1); });
}

TEST_CASE("data: a split keeps groups together") {
  struct Grouped : ImageSet {
    using ImageSet::ImageSet;
    int each = 7;
    int32_t group(int index) const override { return index / each; }
  };
  Grouped set{1, 1, 1, std::vector<uint8_t>(70), std::vector<uint8_t>(70)};
  const Split parts = split(set, 20, 1);
  CHECK(parts.validation.size() == 21);  // three groups
  for (size_t i = 0; i < parts.validation.size(); ++i)
    CHECK(parts.validation[i] % 7 == static_cast<int>(i % 7));
  CHECK(parts.train.size() == 49);
  const std::string error = failure_of(Failure::Usage, [&] { split(set, 64, 1); });
  CHECK(contains(error, "of 10 groups"));
  set.each = 70;
  CHECK(contains(failure_of(Failure::Usage, [&] { split(set, 10, 1); }), "of 1 group,"));
}

TEST_CASE("data: an epoch is a permutation, decided by seed and epoch") {
  const ImageSet set = noisy(200, 1, 1, 1);
  const std::vector<int> indices = split(set, 50, 3).train;
  const Batches batches(set, indices, kPlain1, 40, LastBatch::Keep, {}, 1);
  CHECK(batches.per_epoch() == 4);
  const std::vector<int> first = labels_of_epoch(batches, 0);
  const std::vector<int> second = labels_of_epoch(batches, 1);
  CHECK(first != second);
  CHECK(labels_of_epoch(batches, 0) == first);  // going back works

  // The batch size and the augmentation have no say.
  CHECK(labels_of_epoch(Batches(set, indices, kPlain1, 7, LastBatch::Keep, {0, true}, 1), 1) == second);
  CHECK(labels_of_epoch(Batches(set, indices, kPlain1, 40, LastBatch::Keep, {}, 2), 0) != first);
  for (std::vector<int> labels : {first, second}) {
    std::sort(labels.begin(), labels.end());
    CHECK(labels == indices);
  }
}

TEST_CASE("data: the last batch is kept or dropped") {
  const ImageSet set = noisy(10, 2, 3, 1);
  const Batches keep(set, all_indices(10), kPlain1, 4, LastBatch::Keep, {}, 1);
  CHECK(keep.per_epoch() == 3);
  CHECK(keep.images_per_epoch() == 10);
  CHECK(keep.get(0, 2).inputs.shape() == Shape{2, 2, 3, 1});
  const Batches drop(set, all_indices(10), kPlain1, 4, LastBatch::Drop, {}, 1);
  CHECK(drop.per_epoch() == 2);
  CHECK(drop.images_per_epoch() == 8);
  CHECK(drop.get(0, 1).inputs.shape() == Shape{4, 2, 3, 1});
  failure_of(Failure::Internal, [&] { drop.get(0, 2); });
}

TEST_CASE("data: batches in order hold every image as it is") {
  const ImageSet set = noisy(7, 3, 4, 3);
  const Normalisation n = {{0.25f, 0.5f, 0.125f}, {0.5f, 0.25f, 1.0f}};
  const Batches batches = Batches::in_order(set, {6, 0, 1, 2, 5}, n, 3);
  CHECK(batches.per_epoch() == 2);
  CHECK(labels_of_epoch(batches, 0) == std::vector<int>{6, 0, 1, 2, 5});
  CHECK(labels_of_epoch(batches, 9) == std::vector<int>{6, 0, 1, 2, 5});
  const Batch last = batches.get(0, 1);
  CHECK(last.inputs.shape() == Shape{2, 3, 4, 3});
  const std::vector<float> expected = naive_view(set, 5, n, 0, 0, false);
  CHECK(std::equal(expected.begin(), expected.end(), last.inputs.data<float>() + 36));
}

TEST_CASE("data: bf16 batches are the rounded f32 ones") {
  const ImageSet set = noisy(9, 5, 4, 3);
  const Normalisation n = measure(set, all_indices(9));
  const Batch wide = Batches(set, all_indices(9), n, 9, LastBatch::Keep, {1, true}, 5).get(2, 0);
  const Batch narrow =
      Batches(set, all_indices(9), n, 9, LastBatch::Keep, {1, true}, 5, DType::BF16).get(2, 0);
  CHECK(narrow.classes == wide.classes);
  REQUIRE(narrow.inputs.dtype() == DType::BF16);
  const Tensor rounded = wide.inputs.to(DType::BF16);
  CHECK(std::equal(rounded.data<Bfloat16>(), rounded.data<Bfloat16>() + rounded.size(),
                   narrow.inputs.data<Bfloat16>(), [](Bfloat16 a, Bfloat16 b) { return a.bits == b.bits; }));
}

TEST_CASE("data: every augmented image is one of the naive views, and every view comes up") {
  const int shift = 2, count = 20;
  const ImageSet set = noisy(count, 4, 6, 3);
  const Normalisation n = measure(set, all_indices(count));
  const Batches batches(set, all_indices(count), n, count, LastBatch::Keep, {shift, true}, 11);
  std::set<Seen> seen;
  int mirrored = 0, total = 0;
  for (int epoch = 0; epoch < 20; ++epoch) {
    const Batch batch = batches.get(epoch, 0);
    for (int i = 0; i < count; ++i, ++total) {
      const auto matches = matching_views(set, batch.classes[i], n, shift,
                                          batch.inputs.data<float>() + i * set.input().bytes());
      REQUIRE(matches.size() == 1);
      seen.insert(matches[0]);
      mirrored += matches[0].mirrored;
    }
  }
  CHECK(seen.size() == 5 * 5 * 2);
  CHECK(std::abs(mirrored - total / 2) < 60);  // three deviations of 400 fair coins
}

TEST_CASE("data: shift and flip each work alone") {
  const int count = 50;
  const ImageSet set = noisy(count, 5, 5, 1);
  std::set<Seen> shifted, flipped;
  const Batch shifts =
      Batches(set, all_indices(count), kPlain1, count, LastBatch::Keep, {1, false}, 2).get(0, 0);
  const Batch flips =
      Batches(set, all_indices(count), kPlain1, count, LastBatch::Keep, {0, true}, 2).get(0, 0);
  for (int i = 0; i < count; ++i) {
    const auto shift =
        matching_views(set, shifts.classes[i], kPlain1, 1, shifts.inputs.data<float>() + i * 25);
    const auto flip = matching_views(set, flips.classes[i], kPlain1, 1, flips.inputs.data<float>() + i * 25);
    REQUIRE(shift.size() == 1);
    REQUIRE(flip.size() == 1);
    shifted.insert(shift[0]);
    flipped.insert(flip[0]);
  }
  CHECK(shifted.size() == 9);
  CHECK(std::none_of(shifted.begin(), shifted.end(), [](const Seen& s) { return s.mirrored; }));
  CHECK(flipped == std::set<Seen>{{0, 0, false}, {0, 0, true}});
}

TEST_CASE("data: cutout leaves a square of zeros around any pixel, and the rest as it was") {
  const int side = 3, height = 4, width = 6, count = 30;
  const ImageSet set = noisy(count, height, width, 3);
  const Normalisation n = measure(set, all_indices(count));
  const Batches whole(set, all_indices(count), n, count, LastBatch::Keep, {2, true}, 4);
  const Batches holed(set, all_indices(count), n, count, LastBatch::Keep, {2, true, side}, 4);
  const Batches narrow(set, all_indices(count), n, count, LastBatch::Keep, {2, true, side}, 4, DType::BF16);
  std::set<std::pair<int, int>> centres;
  for (int epoch = 0; epoch < 10; ++epoch) {
    const Batch before = whole.get(epoch), after = holed.get(epoch);
    const Tensor rounded = after.inputs.to(DType::BF16), rounded_first = narrow.get(epoch).inputs;
    CHECK(std::equal(rounded.data<Bfloat16>(), rounded.data<Bfloat16>() + rounded.size(),
                     rounded_first.data<Bfloat16>(),
                     [](Bfloat16 a, Bfloat16 b) { return a.bits == b.bits; }));
    REQUIRE(after.classes == before.classes);
    for (int i = 0; i < count; ++i) {
      const float* const found = after.inputs.data<float>() + i * set.input().bytes();
      std::vector<std::pair<int, int>> matches;
      for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
          const float* const image = before.inputs.data<float>() + i * set.input().bytes();
          std::vector<float> expected(image, image + set.input().bytes());
          for (int row = 0; row < height; ++row)
            for (int column = 0; column < width; ++column)
              if (std::abs(row - y) <= side / 2 && std::abs(column - x) <= side / 2)
                std::fill_n(expected.begin() + (row * width + column) * 3, 3, 0.0f);
          if (std::equal(expected.begin(), expected.end(), found)) matches.emplace_back(y, x);
        }
      REQUIRE(matches.size() == 1);
      centres.insert(matches[0]);
    }
  }
  CHECK(centres.size() == height * width);
}

TEST_CASE("data: an image's augmentation does not depend on the batch it is in") {
  const int count = 30;
  const ImageSet set = noisy(count, 5, 5, 1);
  const auto images_by_label = [&](int batch_size, int epoch) {
    std::vector<std::vector<float>> images(count);
    const Batches batches(set, all_indices(count), kPlain1, batch_size, LastBatch::Keep, {2, true}, 8);
    for (int position = 0; position < batches.per_epoch(); ++position) {
      const Batch batch = batches.get(epoch, position);
      for (size_t i = 0; i < batch.classes.size(); ++i) {
        const float* image = batch.inputs.data<float>() + i * 25;
        images[batch.classes[i]] = {image, image + 25};
      }
    }
    return images;
  };
  CHECK(images_by_label(4, 0) == images_by_label(30, 0));
  CHECK(images_by_label(4, 0) != images_by_label(4, 1));
}

TEST_CASE("data: batches that cannot be made are refused") {
  const ImageSet set = noisy(10, 4, 6, 1);
  const auto make = [&](int size, LastBatch last, int shift) {
    Batches(set, all_indices(10), kPlain1, size, last, {shift, false}, 1);
  };
  make(10, LastBatch::Drop, 3);
  make(11, LastBatch::Keep, 0);
  failure_of(Failure::Usage, [&] { make(0, LastBatch::Keep, 0); });
  CHECK(contains(failure_of(Failure::Usage, [&] { make(11, LastBatch::Drop, 0); }), "11"));
  CHECK(contains(failure_of(Failure::Usage, [&] { make(5, LastBatch::Keep, 4); }), "4x6"));
  failure_of(Failure::Usage, [&] { make(5, LastBatch::Keep, -1); });
  CHECK(contains(failure_of(Failure::Usage,
                            [&] {
                              Batches(set, all_indices(10), kPlain1, 5, LastBatch::Keep, {0, false, 5}, 1);
                            }),
                 "data.augment.cutout"));
  failure_of(Failure::Usage, [&] { Batches::in_order(set, {}, kPlain1, 5); });
  failure_of(Failure::Internal, [&] { Batches::in_order(set, {10}, kPlain1, 5); });
  const Normalisation three = {{0, 0, 0}, {1, 1, 1}}, zero = {{0}, {0}};
  failure_of(Failure::Data, [&] { Batches::in_order(set, {0}, three, 5); });
  failure_of(Failure::Data, [&] { Batches::in_order(set, {0}, zero, 5); });
}
