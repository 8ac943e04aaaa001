// bfloat16: the upper half of a float. Arithmetic is done in float; this is only how it is stored.
#pragma once

#include <bit>
#include <cstdint>

namespace pare {

struct Bfloat16 {
  uint16_t bits = 0;

  Bfloat16() = default;
  // Rounds to nearest, ties to even; NaN stays NaN.
  explicit Bfloat16(float value) {
    const uint32_t word = std::bit_cast<uint32_t>(value);
    const uint32_t rounded = (word + 0x7FFFu + ((word >> 16) & 1u)) >> 16;
    const bool is_nan = (word & 0x7FFFFFFFu) > 0x7F800000u;
    bits = static_cast<uint16_t>(is_nan ? (word >> 16) | 0x40u : rounded);
  }
  explicit operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
};
static_assert(sizeof(Bfloat16) == 2);

// Many at once, with the CPU's own instruction where it has one.
void narrow(const float* from, Bfloat16* to, int64_t count);
// Rows of kNarrowLanes numbers, one behind the other, each to a place of its own: to[i] + offset.
constexpr int kNarrowLanes = 16;
void narrow_rows(const float* from, Bfloat16* const* to, int64_t offset, int64_t rows);
void widen(const Bfloat16* from, float* to, int64_t count);

}  // namespace pare
