// Models for the small things around the weights: integers and text.
//
// Every model has one function for both directions, `x = model.code(coder, x)`: with a RangeEncoder it writes
// x, with a RangeDecoder it ignores the x given and returns the one read.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "compress/coding/adaptive_bit.h"
#include "compress/coding/mixed_bit.h"
#include "compress/coding/range_coder.h"
#include "framework/base/error.h"

namespace pare {

// Integers 0 .. kMax, small ones expected: the width of value + 1 in unary, then its digits (Elias gamma),
// with learnt probabilities for the width and for the digit after the leading one. More than kMax throws
// Failure::Internal.
class AdaptiveUnsigned {
 public:
  static constexpr uint32_t kMax = (1u << 31) - 2;

  template <class Coder>
  uint32_t code(Coder& coder, uint32_t value) {
    check(value <= kMax, "integer model: ", value, " is more than ", kMax);
    const int wanted = std::bit_width(value + 1);
    int width = 1;
    while (width < kMaxWidth && coder.bit(width < wanted, wider_[static_cast<size_t>(width)])) ++width;
    if (width == 1) return 0;
    const int rest = width - 2;
    const uint32_t second =
        coder.bit(((value + 1) >> rest) & 1u, second_[static_cast<size_t>(width)]) ? 1u : 0u;
    const uint32_t digits = coder.raw_bits((value + 1) & ((1u << rest) - 1), rest);
    return ((2u | second) << rest) + digits - 1;
  }

 private:
  static constexpr int kMaxWidth = 31;

  std::array<AdaptiveBit, kMaxWidth + 1> wider_, second_;
};

// Integers around zero, -kMax .. kMax: 0, -1, 1, -2, 2 ... as an AdaptiveUnsigned.
class AdaptiveSigned {
 public:
  static constexpr int32_t kMax = (1 << 30) - 1;

  template <class Coder>
  int32_t code(Coder& coder, int32_t value) {
    const uint32_t folded =
        value < 0 ? 2 * static_cast<uint32_t>(-(value + 1)) + 1 : 2 * static_cast<uint32_t>(value);
    const uint32_t coded = unsigned_.code(coder, folded);
    return coded & 1u ? -static_cast<int32_t>(coded / 2) - 1 : static_cast<int32_t>(coded / 2);
  }

 private:
  AdaptiveUnsigned unsigned_;
};

// Strings without NUL characters: each byte from the three before it, mixed. Texts coded one after the other
// learn from each other; `primer` is a text that both sides have learnt beforehand.
class AdaptiveText {
 public:
  explicit AdaptiveText(std::string_view primer = {}) {
    NullEncoder rehearsal;
    if (!primer.empty()) code(rehearsal, std::string(primer));
  }

  // Throws Failure::Internal for a NUL in the text, Failure::Data when the text read has more than `longest`
  // bytes.
  template <class Coder>
  std::string code(Coder& coder, const std::string& value, size_t longest = 1 << 16) {
    check(value.find('\0') == std::string::npos, "text: contains a NUL character, the sign for its end");
    std::string coded;
    uint32_t history = 0;  // the last three bytes
    for (;;) {
      const unsigned byte = code_byte(
          coder, static_cast<uint8_t>(coded.size() < value.size() ? value[coded.size()] : 0), history);
      if (byte == 0) return coded;
      require(coded.size() < longest, Failure::Data, "compressed data: a text is longer than ", longest,
              " bytes; the file is damaged");
      coded.push_back(static_cast<char>(byte));
      history = ((history << 8) | byte) & 0xFFFFFFu;
    }
  }

 private:
  static constexpr int kContextBits = 12;

  template <class Coder>
  unsigned code_byte(Coder& coder, unsigned value, uint32_t history) {
    unsigned node = 1;  // the digits so far behind a leading one
    while (node < 256) {
      MixedBit<4>::Contexts contexts;
      for (int order = 0; order < 4; ++order)
        contexts[static_cast<size_t>(order)] = hash(history & ((1u << (8 * order)) - 1), node);
      const int shift = 8 - std::bit_width(node);
      node = 2 * node + (bit_.code(coder, (value >> shift) & 1u, contexts) ? 1u : 0u);
    }
    return node - 256;
  }
  static int hash(uint32_t history, uint32_t node) {
    return static_cast<int>(((history * 0x9E3779B1u) ^ (node * 0x85EBCA6Bu)) * 0xC2B2AE35u >>
                            (32 - kContextBits));
  }

  MixedBit<4> bit_{1 << kContextBits};
};

}  // namespace pare
