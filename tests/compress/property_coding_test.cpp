// The coders behind packed models, for any input: exact both ways, and at most so many bytes.
#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "compress/coding/level_coder.h"
#include "compress/coding/models.h"
#include "compress/coding/sparse_coder.h"
#include "framework/base/rng.h"
#include "tests/support/property.h"

using namespace pare;

namespace {

// A tensor in which channel c has levels of any of 2^depths[c] values or one more, evenly spread.
LevelTensor uniform_levels(const Shape& shape, const std::vector<int>& depths, Rng& rng) {
  LevelTensor tensor{shape, {}, {}};
  for (const int depth : depths) {
    const int32_t largest = depth == 0 ? 0 : std::min((1 << depth) / 2, int{kMaxLevel});
    bool zeros = true;
    for (int64_t i = 0; i < shape.row(); ++i) {
      const auto level = static_cast<int32_t>(rng.below(2 * static_cast<uint32_t>(largest) + 1)) - largest;
      tensor.levels.push_back(level);
      zeros = zeros && level == 0;
    }
    tensor.exponents.push_back(zeros ? int16_t{0} : static_cast<int16_t>(rng.bits() >> 16));
  }
  return tensor;
}

// What it costs to say each level when all of its channel's are as likely, in bytes.
double plain_bytes(const Shape& shape, const std::vector<int>& depths) {
  double bits = 0;
  for (const int depth : depths)
    if (depth > 0) bits += static_cast<double>(shape.row()) * std::log2(std::exp2(depth) + 1);
  return bits / 8;
}

}  // namespace

TEST_CASE("property: the range coder gives back any bits, at their entropy and at most two bytes more") {
  holds(200, [](const std::vector<std::pair<bool, uint16_t>>& answers, uint32_t raw) {
    RangeEncoder encoder;
    double bits = 0;
    for (const auto& [bit, share] : answers) {
      const uint32_t probability = std::max<uint32_t>(share, 1);
      encoder.bit(bit, probability);
      bits -= std::log2((bit ? probability : 65536 - probability) / 65536.0);
      const int width = share % 33;
      encoder.raw_bits(raw, width);
      bits += width;
    }
    const std::vector<uint8_t> bytes = encoder.finish();
    RC_ASSERT(static_cast<double>(bytes.size()) <= 1.001 * bits / 8 + 2);
    RangeDecoder decoder(bytes);
    for (const auto& [bit, share] : answers) {
      RC_ASSERT(decoder.bit(false, std::max<uint32_t>(share, 1)) == bit);
      const int width = share % 33;
      RC_ASSERT(decoder.raw_bits(0, width) == (width == 32 ? raw : raw & ((1u << width) - 1)));
    }
    decoder.expect_end();
  });
}

// The overhead: 4 % of the levels' own bits, ten bytes, and for each channel what its depth and its exponent
// cost, which are made up here and cannot be guessed, and what there is to learn about the next depth.
TEST_CASE(
    "property: levels of any depth from 0 to 16 bits and any number of channels come back, at a stated "
    "size") {
  holds(60, [] {
    const Shape shape{any_of(0, 24), any_of(1, 3), any_of(1, 3), any_of(0, 12)};
    Rng rng(*rc::gen::arbitrary<uint64_t>(), "levels");
    std::vector<int> depths(static_cast<size_t>(shape[0]));
    for (int& depth : depths) depth = any_of(0, 16);
    const LevelTensor first = uniform_levels(shape, depths, rng), second = uniform_levels(shape, depths, rng);

    RangeEncoder encoder;
    LevelCoder writer;
    writer.encode(encoder, first);
    writer.encode(encoder, second);
    const std::vector<uint8_t> bytes = encoder.finish();
    RangeDecoder decoder(bytes);
    LevelCoder reader;
    for (const LevelTensor* tensor : {&first, &second}) {
      const LevelTensor copy = reader.decode(decoder, shape);
      RC_ASSERT(copy.levels == tensor->levels);
      RC_ASSERT(copy.exponents == tensor->exponents);
    }
    decoder.expect_end();
    const double bound = 1.04 * plain_bytes(shape, depths) * 2 + 2 * 8.0 * static_cast<double>(shape[0]) + 10;
    RC_ASSERT(static_cast<double>(bytes.size()) <= bound);
  });
}

TEST_CASE("property: sparse floats of any bits come back") {
  holds(200, [](const std::vector<uint32_t>& words) {
    const int64_t row = any_of(1, 7);
    const int64_t rows = static_cast<int64_t>(words.size()) / row;
    std::vector<float> values;
    for (int64_t i = 0; i < rows * row; ++i)
      values.push_back(std::bit_cast<float>(any_of(0, 2) == 0 ? words[static_cast<size_t>(i)] : 0u));
    const std::vector<float> before = values;
    RangeEncoder encoder;
    SparseCoder().code(encoder, {rows, row}, values);
    const std::vector<uint8_t> bytes = encoder.finish();
    std::vector<float> back(values.size());
    RangeDecoder decoder(bytes);
    SparseCoder().code(decoder, {rows, row}, back);
    decoder.expect_end();
    RC_ASSERT(std::equal(before.begin(), before.end(), back.begin(), [](float a, float b) {
      return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
    }));
  });
}

TEST_CASE("property: integers and texts come back") {
  holds(200, [](const std::vector<int32_t>& numbers, const std::string& text) {
    const auto fitting = [](int32_t number) {
      return std::clamp(number, -AdaptiveSigned::kMax, AdaptiveSigned::kMax);
    };
    RangeEncoder encoder;
    AdaptiveSigned integers;
    AdaptiveText letters("primer");
    for (const int32_t number : numbers) integers.code(encoder, fitting(number));
    letters.code(encoder, text, text.size());
    const std::vector<uint8_t> bytes = encoder.finish();
    RangeDecoder decoder(bytes);
    AdaptiveSigned integers_back;
    AdaptiveText letters_back("primer");
    for (const int32_t number : numbers) RC_ASSERT(integers_back.code(decoder, 0) == fitting(number));
    RC_ASSERT(letters_back.code(decoder, "", text.size()) == text);
    decoder.expect_end();
  });
}
