#include "compress/coding/range_coder.h"

#include <utility>

#include "framework/base/error.h"

namespace pare {
namespace {

constexpr uint32_t kHalf = 1u << (kProbabilityBits - 1);
constexpr int kLeftOut = 4;  // bytes the decoder holds in its register, of which finish() writes at most one

}  // namespace

uint32_t RangeEncoder::raw_bits(uint32_t value, int count) {
  for (int shift = count - 1; shift >= 0; --shift) bit((value >> shift) & 1u, kHalf);
  return value;
}

// The sum of all shares is below one, so a carry always meets a byte that can take it.
void RangeEncoder::carry() {
  size_t at = bytes_.size();
  while (++bytes_[--at] == 0) {
  }
}

// Any number in [low, low + range) names the message: take the one with the fewest bytes that are not zero.
// range >= 2^24, so one byte always suffices.
std::vector<uint8_t> RangeEncoder::finish() {
  const bool zero_will_do = low_ == 0;
  const bool carry_will_do = uint64_t{low_} + range_ > (uint64_t{1} << 32);
  if (carry_will_do) {
    carry();
  } else if (!zero_will_do) {
    bytes_.push_back(static_cast<uint8_t>((uint64_t{low_} + 0xFFFFFFu) >> 24));
  }
  return std::move(bytes_);
}

RangeDecoder::RangeDecoder(std::span<const uint8_t> bytes) : bytes_(bytes) {
  for (int i = 0; i < 4; ++i) code_ = (code_ << 8) | next_byte();
}

uint32_t RangeDecoder::raw_bits(uint32_t, int count) {
  uint32_t value = 0;
  for (int i = 0; i < count; ++i) value = (value << 1) | (bit(false, kHalf) ? 1u : 0u);
  return value;
}

uint8_t RangeDecoder::byte_past_end() {
  require(++past_end_ <= kLeftOut, Failure::Data, "compressed data: ends too early, after ", bytes_.size(),
          " bytes; the file is cut off or damaged");
  return 0;
}

void RangeDecoder::expect_end() const {
  require(past_end_ >= kLeftOut - 1, Failure::Data, "compressed data: expected to end at byte ",
          next_ + static_cast<size_t>(past_end_) - (kLeftOut - 1), ", got ", bytes_.size(),
          " bytes; the file is damaged");
}

}  // namespace pare
