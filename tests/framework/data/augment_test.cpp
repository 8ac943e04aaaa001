// Changes over time: shifts that repeat the edge, masks of rows and columns.
#include "framework/data/batches/augment.h"

#include <algorithm>
#include <set>

#include "framework/data/batches/batches.h"
#include "framework/data/split.h"
#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

constexpr int kRows = 7, kColumns = 5, kChannels = 2, kExamples = 20;
constexpr int kNumbers = kRows * kColumns * kChannels;

// Example i has the numbers 100 i + row + 1 in all of a row, and none is 0.
ArraySet rows() {
  std::vector<float> numbers;
  std::vector<int32_t> labels;
  for (int i = 0; i < kExamples; ++i) {
    for (int at = 0; at < kNumbers; ++at)
      numbers.push_back(static_cast<float>(100 * i + at / (kColumns * kChannels) + 1));
    labels.push_back(i);
  }
  return {{kRows, kColumns, kChannels, Element::F32}, numbers, labels};
}

const Normalisation kPlain{{0, 0}, {1, 1}};

// Each example as it was changed in an epoch, by its label.
std::vector<std::vector<float>> changed(const ArraySet& set, const Augment& augment, int epoch,
                                        int batch = 6) {
  std::vector<std::vector<float>> examples(kExamples);
  const Batches batches(set, all_indices(kExamples), kPlain, batch, LastBatch::Keep, augment, 3);
  for (int position = 0; position < batches.per_epoch(); ++position) {
    const Batch one = batches.get(epoch, position);
    for (size_t i = 0; i < one.classes.size(); ++i) {
      const float* const from = one.inputs.data<float>() + i * kNumbers;
      examples[static_cast<size_t>(one.classes[i])] = {from, from + kNumbers};
    }
  }
  return examples;
}

std::string misuse(const Augment& augment) {
  return failure_of(Failure::Usage, [&] {
    require_fits(augment, {kRows, kColumns, kChannels, Element::F32});
  });
}

}  // namespace

TEST_CASE("augment: a time shift moves whole rows and repeats the first or the last one") {
  const ArraySet set = rows();
  std::set<int> shifts;
  for (int epoch = 0; epoch < 10; ++epoch) {
    const auto examples = changed(set, {.time_shift = 3}, epoch);
    for (int i = 0; i < kExamples; ++i) {
      const auto row = [&](int y) {
        return static_cast<int>(
                   examples[static_cast<size_t>(i)][static_cast<size_t>(y * kColumns * kChannels)]) -
               100 * i - 1;
      };
      const int shift = row(kRows / 2) - kRows / 2;  // the middle one is no edge
      shifts.insert(shift);
      for (int y = 0; y < kRows; ++y) CHECK(row(y) == std::clamp(y + shift, 0, kRows - 1));
    }
  }
  CHECK(shifts == std::set<int>{-3, -2, -1, 0, 1, 2, 3});
}

TEST_CASE("augment: masks are one piece of rows and one of columns, of all lengths up to the longest") {
  const ArraySet set = rows();
  std::set<std::pair<int, int>> seen;  // how many rows, and columns
  for (int epoch = 0; epoch < 20; ++epoch)
    for (const std::vector<float>& example : changed(set, {.time_mask = 2, .band_mask = 3}, epoch)) {
      const auto is_zero = [&](int y, int x) {
        return example[static_cast<size_t>((y * kColumns + x) * kChannels)] == 0 &&
               example[static_cast<size_t>((y * kColumns + x) * kChannels + 1)] == 0;
      };
      std::vector<int> masked_rows, masked_columns;
      for (int y = 0; y < kRows; ++y) {
        bool all = true;
        for (int x = 0; x < kColumns; ++x) all = all && is_zero(y, x);
        if (all) masked_rows.push_back(y);
      }
      for (int x = 0; x < kColumns; ++x) {
        bool all = true;
        for (int y = 0; y < kRows; ++y) all = all && is_zero(y, x);
        if (all) masked_columns.push_back(x);
      }
      int zeros = 0;
      for (int y = 0; y < kRows; ++y)
        for (int x = 0; x < kColumns; ++x) zeros += is_zero(y, x) ? 1 : 0;
      const int r = static_cast<int>(masked_rows.size()), c = static_cast<int>(masked_columns.size());
      CHECK(zeros == r * kColumns + c * kRows - r * c);
      if (r > 0) CHECK(masked_rows.back() - masked_rows.front() + 1 == r);
      if (c > 0) CHECK(masked_columns.back() - masked_columns.front() + 1 == c);
      seen.insert({r, c});
    }
  CHECK(seen.size() == 3 * 4);
}

TEST_CASE(
    "augment: what becomes of an example is a function of seed, epoch and example, and of one kind alone") {
  const ArraySet set = rows();
  const Augment all{.flip = true, .cutout = 2, .time_shift = 2, .time_mask = 2, .band_mask = 2};
  CHECK(changed(set, all, 4, 6) == changed(set, all, 4, 7));
  CHECK(changed(set, all, 4) != changed(set, all, 5));
  const InputShape input = set.input();
  for (int example = 0; example < 20; ++example) {
    const Change one = draw(all, input, 1, 2, example),
                 other = draw({.flip = true, .cutout = 2}, input, 1, 2, example);
    CHECK(one.view.mirrored == other.view.mirrored);
    CHECK(one.holes[0].top == other.holes[0].top);
  }
}

TEST_CASE("augment: what does not fit an input is named") {
  CHECK(contains(misuse({.time_shift = 7}),
                 "data.augment.time_shift: 7 rows do not fit inputs of (7,5,2), expected less than 7"));
  CHECK(contains(misuse({.time_mask = 9}), "data.augment.time_mask: 9 rows"));
  CHECK(contains(misuse({.band_mask = 5}), "data.augment.band_mask: 5 columns"));
}
