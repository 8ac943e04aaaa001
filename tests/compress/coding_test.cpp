#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "compress/coding/mixer.h"
#include "compress/coding/models.h"
#include "compress/coding/range_coder.h"
#include "framework/base/error.h"
#include "framework/base/rng.h"

using namespace pare;

TEST_CASE("coding: bits and raw bits come back, whatever the probabilities") {
  Rng rng(1, "bits");
  for (int trial = 0; trial < 300; ++trial) {
    const uint32_t count = rng.below(200);
    std::vector<std::array<uint32_t, 3>> items;  // bit, its probability, raw bits
    RangeEncoder encoder;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t probability = trial % 3 == 0 ? 1 : trial % 3 == 1 ? 65535 : 1 + rng.below(65535);
      items.push_back({trial % 2 == 0 ? rng.below(2) : 0u, probability, rng.bits() >> (i % 32)});
      encoder.bit(items.back()[0] != 0, probability);
      encoder.raw_bits(items.back()[2], 32 - static_cast<int>(i % 32));
    }
    const std::vector<uint8_t> bytes = encoder.finish();
    RangeDecoder decoder(bytes);
    for (uint32_t i = 0; i < count; ++i) {
      REQUIRE(decoder.bit(false, items[i][1]) == (items[i][0] != 0));
      REQUIRE(decoder.raw_bits(0, 32 - static_cast<int>(i % 32)) == items[i][2]);
    }
    decoder.expect_end();
  }
}

TEST_CASE("coding: carries ripple through a long run of 0xFF") {
  // Always the upper part keeps low just below a byte's edge; the ones at the end then push it over.
  for (int zeros = 0; zeros < 400; zeros += 7) {
    RangeEncoder encoder;
    for (int i = 0; i < zeros; ++i) encoder.bit(false, 1 + static_cast<uint32_t>(i % 3) * 30000);
    for (int i = 0; i < 40; ++i) encoder.bit(i % 5 != 0, 65535);
    const std::vector<uint8_t> bytes = encoder.finish();
    RangeDecoder decoder(bytes);
    for (int i = 0; i < zeros; ++i) REQUIRE(!decoder.bit(false, 1 + static_cast<uint32_t>(i % 3) * 30000));
    for (int i = 0; i < 40; ++i) REQUIRE(decoder.bit(false, 65535) == (i % 5 != 0));
    decoder.expect_end();
  }
}

TEST_CASE("coding: the end of a message costs at most one byte") {
  CHECK(RangeEncoder().finish().empty());
  for (int count = 1; count <= 64; ++count) {
    RangeEncoder encoder;
    Rng rng(2, "end", static_cast<uint64_t>(count));
    for (int i = 0; i < count; ++i) encoder.raw_bits(rng.below(2), 1);
    const size_t size = encoder.finish().size();
    CHECK(size <= static_cast<size_t>((count + 7) / 8 + 1));
  }
}

TEST_CASE("coding: missing and surplus bytes are noticed") {
  RangeEncoder encoder;
  encoder.raw_bits(0x12345678, 32);
  encoder.raw_bits(0x9ABCDEF0, 32);
  std::vector<uint8_t> bytes = encoder.finish();
  bytes.push_back(0);
  RangeDecoder surplus(bytes);
  surplus.raw_bits(0, 32);
  surplus.raw_bits(0, 32);
  CHECK_THROWS_AS(surplus.expect_end(), Error);
  bytes.resize(3);
  RangeDecoder cut(bytes);
  cut.raw_bits(0, 32);
  CHECK_THROWS_AS(cut.raw_bits(0, 32), Error);
}

TEST_CASE("coding: a probability learns like Krichevsky and Trofimov, then follows") {
  AdaptiveBit bit;
  for (int i = 0; i < 3; ++i) bit.learn(true);
  CHECK(std::abs(static_cast<int>(bit.probability()) - 65536 * 7 / 8) < 8);  // (3 + 1/2) / (3 + 1)
  for (int i = 0; i < 100000; ++i) bit.learn(true);
  CHECK(bit.probability() > 65536 - 8);
  for (int i = 0; i < 100000; ++i) bit.learn(false);
  CHECK(bit.probability() < 8);
}

TEST_CASE("coding: log odds and probabilities are each other's inverse") {
  CHECK(std::abs(log_odds(32768)) <= 1);
  for (int odds = -1000; odds <= 1000; odds += 10) {
    const double exact = 65536 / (1 + std::exp(-odds / 256.0));
    CHECK(std::abs(probability_of(odds) - exact) <= 1.5);
    CHECK(std::abs(log_odds(probability_of(odds)) - odds) <= 4);
  }
  CHECK(log_odds(1) >= -kMaxLogOdds);
  CHECK(log_odds(65535) <= kMaxLogOdds);
  CHECK(probability_of(-kMaxLogOdds) >= 1);
  CHECK(probability_of(kMaxLogOdds) <= 65535);
}

TEST_CASE("coding: integers and texts come back, extremes included") {
  const std::vector<uint32_t> counts = {0, 1, 2, 3, 255, 256, 65535, 1u << 30, AdaptiveUnsigned::kMax};
  const std::vector<int32_t> values = {
      0, -1, 1, -128, 127, 70000, -AdaptiveSigned::kMax, AdaptiveSigned::kMax};
  const std::vector<std::string> texts = {"", "conv2d", "conv2d", "\x01\xFF\x80 any byte but NUL"};
  RangeEncoder encoder;
  AdaptiveUnsigned unsigned_out;
  AdaptiveSigned signed_out;
  AdaptiveText text_out;
  for (const uint32_t count : counts) CHECK(unsigned_out.code(encoder, count) == count);
  for (const int32_t value : values) CHECK(signed_out.code(encoder, value) == value);
  for (const std::string& text : texts) CHECK(text_out.code(encoder, text) == text);
  const std::vector<uint8_t> bytes = encoder.finish();
  RangeDecoder decoder(bytes);
  AdaptiveUnsigned unsigned_in;
  AdaptiveSigned signed_in;
  AdaptiveText text_in;
  for (const uint32_t count : counts) CHECK(unsigned_in.code(decoder, 0) == count);
  for (const int32_t value : values) CHECK(signed_in.code(decoder, 0) == value);
  for (const std::string& text : texts) CHECK(text_in.code(decoder, "") == text);
  decoder.expect_end();
}

TEST_CASE("coding: a text that was rehearsed costs a fraction, and an endless one is refused") {
  const std::string text =
      R"({"type":"conv2d","channels":20,"kernel":5},{"type":"max_pool"},{"type":"linear"})";
  const auto size = [&](std::string_view primer) {
    RangeEncoder encoder;
    AdaptiveText(primer).code(encoder, text);
    return encoder.finish().size();
  };
  CHECK(size("") < text.size());
  CHECK(
      size(
          R"({"type":"conv2d","channels":32,"kernel":3},{"type":"linear","channels":10},{"type":"max_pool"})") <
      size("") / 2);
  RangeEncoder encoder;
  AdaptiveText().code(encoder, text);
  const std::vector<uint8_t> bytes = encoder.finish();
  RangeDecoder decoder(bytes);
  CHECK_THROWS_AS(AdaptiveText().code(decoder, "", 10), Error);
}
