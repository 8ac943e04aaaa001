// RangeEncoder and RangeDecoder: lossless coding of bits, each at the cost of -log2(its probability).
//
// Binary range coding (G. N. N. Martin, "Range encoding: an algorithm for removing redundancy from a
// digitised message", 1979) on 32-bit integers, so the same bits make the same bytes on every machine. Both
// coders, and NullEncoder, have the same calls: each takes the value to code and returns the value coded; the
// decoder ignores what it is given. So one function made of calls `x = coder.bit(x, model)` both writes and
// reads a format.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "compress/coding/adaptive_bit.h"

namespace pare {

class RangeEncoder {
 public:
  // Codes a bit whose probability of being one is `probability` * 2^-16, 0 < probability < 65536.
  bool bit(bool value, uint32_t probability) {
    const uint32_t ones = static_cast<uint32_t>((uint64_t{range_} * probability) >> kProbabilityBits);
    if (value) {
      range_ = ones;
    } else {
      add(ones);
      range_ -= ones;
    }
    while (range_ < (1u << 24)) shift();
    return value;
  }
  bool bit(bool value, AdaptiveBit& model) {
    bit(value, model.probability());
    model.learn(value);
    return value;
  }
  // The low `count` bits of value (0 to 32 of them), highest first, at one bit each.
  uint32_t raw_bits(uint32_t value, int count);

  // The bytes. Ends with at most one byte that tells the last bits apart; the encoder is spent afterwards.
  std::vector<uint8_t> finish();

 private:
  void add(uint32_t amount) {
    low_ += amount;
    if (low_ < amount) carry();
  }
  void carry();
  void shift() {
    bytes_.push_back(static_cast<uint8_t>(low_ >> 24));
    low_ <<= 8;
    range_ <<= 8;
  }

  uint32_t low_ = 0;  // the interval [low, low + range) behind the bytes written so far
  uint32_t range_ = 0xFFFFFFFFu;
  std::vector<uint8_t> bytes_;
};

class RangeDecoder {
 public:
  // Reads `bytes`, which must outlive the decoder.
  explicit RangeDecoder(std::span<const uint8_t> bytes);

  // Each throws Failure::Data when it needs bytes that no encoder would have left out.
  bool bit(bool /*ignored*/, uint32_t probability) {
    const uint32_t ones = static_cast<uint32_t>((uint64_t{range_} * probability) >> kProbabilityBits);
    const bool value = code_ < ones;
    if (value) {
      range_ = ones;
    } else {
      code_ -= ones;
      range_ -= ones;
    }
    while (range_ < (1u << 24)) {
      code_ = (code_ << 8) | next_byte();
      range_ <<= 8;
    }
    return value;
  }
  bool bit(bool /*ignored*/, AdaptiveBit& model) {
    const bool value = bit(false, model.probability());
    model.learn(value);
    return value;
  }
  uint32_t raw_bits(uint32_t /*ignored*/, int count);

  // How many bytes it has read, up to four of which it holds for what comes next.
  size_t position() const { return next_; }
  // Throws Failure::Data unless the bytes end where the encoder ended: nothing missing, nothing left over.
  void expect_end() const;

 private:
  uint8_t next_byte() { return next_ < bytes_.size() ? bytes_[next_++] : byte_past_end(); }
  uint8_t byte_past_end();

  std::span<const uint8_t> bytes_;
  size_t next_ = 0;
  int past_end_ = 0;  // zero bytes made up behind the end; finish() leaves out three or four
  uint32_t range_ = 0xFFFFFFFFu;
  uint32_t code_ = 0;
};

// Writes nothing: lets models learn from a sample that both sides know before the first real bit is coded.
class NullEncoder {
 public:
  bool bit(bool value, uint32_t /*probability*/) { return value; }
  bool bit(bool value, AdaptiveBit& model) {
    model.learn(value);
    return value;
  }
  uint32_t raw_bits(uint32_t value, int /*count*/) { return value; }
};

}  // namespace pare
