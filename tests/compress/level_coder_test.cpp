#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <utility>
#include <vector>

#include "compress/coding/level_coder.h"
#include "framework/base/error.h"
#include "framework/base/rng.h"

using namespace pare;

namespace {

LevelTensor tensor_of(const Shape& shape, const std::function<int32_t(int64_t channel)>& draw) {
  LevelTensor tensor{shape, {}, std::vector<int16_t>(static_cast<size_t>(shape[0]))};
  for (int64_t channel = 0; channel < shape[0]; ++channel)
    for (int64_t i = 0; i < shape.row(); ++i) tensor.levels.push_back(draw(channel));
  return tensor;
}

std::vector<uint8_t> encoded(const std::vector<LevelTensor>& tensors) {
  RangeEncoder encoder;
  LevelCoder coder;
  for (const LevelTensor& tensor : tensors) coder.encode(encoder, tensor);
  return encoder.finish();
}

void check_round_trip(const std::vector<LevelTensor>& tensors) {
  const std::vector<uint8_t> bytes = encoded(tensors);
  RangeDecoder decoder(bytes);
  LevelCoder coder;
  for (const LevelTensor& tensor : tensors) {
    const LevelTensor copy = coder.decode(decoder, tensor.shape);
    CHECK(copy.levels == tensor.levels);
    CHECK(copy.exponents == tensor.exponents);
  }
  decoder.expect_end();
}

// Decodes bytes that may be anything: an error is fine, a crash, a hang or a level out of range is not.
void check_survives(const std::vector<uint8_t>& bytes, const Shape& shape) {
  try {
    RangeDecoder decoder(bytes);
    LevelCoder coder;
    const LevelTensor tensor = coder.decode(decoder, shape);
    CHECK(static_cast<int64_t>(tensor.levels.size()) == shape.count());
    for (const int32_t level : tensor.levels) CHECK(std::abs(level) <= kMaxLevel);
  } catch (const Error& error) {
    CHECK(error.failure() == Failure::Data);
  }
}

// The size in bytes of an ideal code that knows how often each level occurs.
double entropy_bytes(const LevelTensor& tensor) {
  std::vector<int32_t> sorted = tensor.levels;
  std::sort(sorted.begin(), sorted.end());
  double bits = 0;
  for (auto first = sorted.begin(); first != sorted.end();) {
    const auto last = std::upper_bound(first, sorted.end(), *first);
    const double share = static_cast<double>(last - first) / static_cast<double>(sorted.size());
    bits -= static_cast<double>(last - first) * std::log2(share);
    first = last;
  }
  return bits / 8;
}

int32_t uniform_level(Rng& rng, int32_t largest) {
  return static_cast<int32_t>(rng.below(2 * static_cast<uint32_t>(largest) + 1)) - largest;
}

int32_t geometric_level(Rng& rng, float go_on) {
  int32_t magnitude = 0;
  while (rng.uniform() < go_on) ++magnitude;
  return rng.uniform() < 0.5f ? -magnitude : magnitude;
}

}  // namespace

TEST_CASE("level coder: levels of any depth and shape come back") {
  Rng rng(3, "levels");
  for (const Shape& shape : {Shape{1, 1, 1, 1}, Shape{3, 5, 5, 1}, Shape{17, 3, 3, 5}, Shape{53, 1, 1, 17},
                             Shape{3, 1, 4, 2}, Shape{2, 0, 3, 3}, Shape{0, 1, 1, 4}}) {
    std::vector<int32_t> largest(static_cast<size_t>(shape[0]));  // 0 (a channel of zeros) .. 2^15
    for (int32_t& value : largest) value = (1 << rng.below(17)) / 2;
    LevelTensor mixed = tensor_of(
        shape, [&](int64_t channel) { return uniform_level(rng, largest[static_cast<size_t>(channel)]); });
    for (int64_t channel = 0; channel < shape[0]; ++channel) {
      const auto row = mixed.levels.begin() + channel * shape.row();
      if (std::any_of(row, row + shape.row(), [](int32_t level) { return level != 0; }))
        mixed.exponents[static_cast<size_t>(channel)] = static_cast<int16_t>(rng.bits() >> 16);
    }
    check_round_trip({mixed, tensor_of(shape, [](int64_t) { return 0; }), mixed});
    LevelTensor extreme = tensor_of(shape, [&](int64_t) { return rng.below(2) ? kMaxLevel : -kMaxLevel; });
    for (int16_t& exponent : extreme.exponents)
      if (shape.row() > 0) exponent = rng.below(2) ? 32767 : -32768;
    check_round_trip({extreme});
  }
}

TEST_CASE("level coder: a channel of zeros costs next to nothing") {
  const LevelTensor zeros = tensor_of(Shape{64, 3, 3, 64}, [](int64_t) { return 0; });
  CHECK(encoded({zeros}).size() <= 4);
}

TEST_CASE("level coder: sources of known entropy cost at most 2 % more, and a few bytes to learn them") {
  Rng rng(4, "sources");
  const Shape small{20, 1, 1, 100}, large{100, 1, 1, 300};
  const std::vector<std::pair<const char*, std::function<int32_t(int64_t)>>> sources = {
      {"ternary", [&](int64_t) { return rng.uniform() < 0.9f   ? 0
                                        : rng.uniform() < 0.5f ? 1
                                                               : -1; }},
      {"sparse", [&](int64_t) { return rng.uniform() < 0.99f  ? 0
                                       : rng.uniform() < 0.5f ? 1
                                                              : -1; }},
      {"geometric", [&](int64_t) { return geometric_level(rng, 0.5f); }},
      {"uniform", [&](int64_t) { return static_cast<int32_t>(rng.below(16)) - 8; }}};
  for (const auto& source : sources)
    for (const Shape& shape : {small, large}) {
      const LevelTensor tensor = tensor_of(shape, source.second);
      const double bound = entropy_bytes(tensor);
      // The contexts, the depth and exponent of each channel, and how often each level occurs.
      const std::set<int32_t> distinct(tensor.levels.begin(), tensor.levels.end());
      const double learning =
          10 + 0.25 * static_cast<double>(shape[0]) + static_cast<double>(distinct.size());
      const double size = static_cast<double>(encoded({tensor}).size());
      INFO(source.first << ' ' << shape << ": " << size << " bytes, entropy " << bound);
      CHECK(size <= bound * 1.02 + learning);
    }
}

TEST_CASE("level coder: columns, neighbours and channels that share a scale are worth bytes") {
  Rng rng(5, "structure");
  const Shape shape{40, 1, 1, 200};
  std::vector<float> active(200);
  for (float& share : active) share = rng.uniform() < 0.8f ? 0.01f : 0.5f;
  LevelTensor columns{shape, {}, std::vector<int16_t>(40)};
  for (int channel = 0; channel < 40; ++channel)
    for (const float share : active)
      columns.levels.push_back(rng.uniform() > share ? 0 : rng.uniform() < 0.5f ? 1 : -1);
  CHECK(static_cast<double>(encoded({columns}).size()) < 0.85 * entropy_bytes(columns));

  std::vector<int32_t> kernels;  // smooth 5x5 kernels: both signs and magnitudes can be guessed
  for (int kernel = 0; kernel < 60; ++kernel) {
    const float x = rng.normal(), y = rng.normal();
    for (int h = -2; h <= 2; ++h)
      for (int w = -2; w <= 2; ++w)
        kernels.push_back(
            static_cast<int32_t>(std::nearbyint(x * static_cast<float>(w) + y * static_cast<float>(h))));
  }
  const LevelTensor smooth{Shape{60, 5, 5, 1}, kernels, std::vector<int16_t>(60)};
  CHECK(static_cast<double>(encoded({smooth}).size()) < 0.85 * entropy_bytes(smooth));
}

TEST_CASE("level coder: exponents that follow the depth, or stay near a mean, are cheap") {
  Rng rng(6, "exponents");
  LevelTensor tensor = tensor_of(Shape{200, 1, 1, 4}, [&](int64_t) { return 1; });
  const size_t plain = encoded({tensor}).size();
  for (int16_t& exponent : tensor.exponents)
    exponent = static_cast<int16_t>(-60 + static_cast<int>(rng.below(9)) - 4);
  CHECK(encoded({tensor}).size() - plain < 200 * 3.4 / 8 + 12);  // log2(9) = 3.17 bits each
}

TEST_CASE("level coder: cut and damaged streams end in an error or in some tensor") {
  Rng rng(7, "damage");
  const Shape shape{17, 3, 3, 5};
  const LevelTensor tensor = tensor_of(shape, [&](int64_t channel) {
    return channel % 5 == 0 ? uniform_level(rng, 30000) : geometric_level(rng, 0.3f);
  });
  const std::vector<uint8_t> whole = encoded({tensor});
  for (size_t size = 0; size < whole.size(); size += 1 + whole.size() / 20)
    check_survives({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}, shape);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<uint8_t> damaged = whole;
    damaged[rng.below(static_cast<uint32_t>(damaged.size()))] ^= static_cast<uint8_t>(1 + rng.below(255));
    check_survives(damaged, shape);
    for (uint8_t& byte : damaged) byte = static_cast<uint8_t>(rng.bits());
    check_survives(damaged, shape);
    damaged.assign(damaged.size(), trial % 2 == 0 ? 0 : 255);
    check_survives(damaged, shape);
  }
  const std::vector<uint8_t> half(whole.begin(),
                                  whole.begin() + static_cast<std::ptrdiff_t>(whole.size() / 2));
  RangeDecoder decoder(half);
  CHECK_THROWS_AS(LevelCoder().decode(decoder, shape), Error);
}

TEST_CASE("level coder: the same levels make the same bytes as ever") {
  int32_t state = 1;
  const LevelTensor tensor = tensor_of(Shape{8, 3, 3, 9}, [&](int64_t channel) {
    state = (state * 75 + 74) % 65537;
    return state % 5 < 3 ? 0 : state % static_cast<int32_t>(2 + channel) - 1;
  });
  uint32_t hash = 2166136261u;  // FNV-1a
  for (const uint8_t byte : encoded({tensor})) hash = (hash ^ byte) * 16777619u;
  CHECK(hash == 4036829578u);  // a change here changes the file format
}
