// SparseCoder: weights of which many are exactly zero: where they are not, and plain floats there.
#pragma once

#include <array>
#include <bit>
#include <span>
#include <vector>

#include "compress/coding/mixed_bit.h"
#include "framework/tensor/shape.h"

namespace pare {

// Magnitude pruning leaves patterns: inputs with hardly any weight (the border of an image), neurons with
// many inputs. So whether a weight is there is predicted from its input's column, its output's row, and its
// neighbours. Of a float, the exponent is learnt; sign and mantissa are noise. Every bit pattern survives, -0
// and NaN included.
class SparseCoder {
 public:
  static bool pays_for(std::span<const float> values) {
    size_t zeros = 0;
    for (const float value : values) zeros += is_zero(value) ? 1 : 0;
    return zeros * 16 >= values.size();
  }

  // With a RangeEncoder it writes `values`, with a RangeDecoder it fills them. shape: (O,...), values.size()
  // numbers.
  template <class Coder>
  void code(Coder& coder, const Shape& shape, std::span<float> values) {
    there_.limit_confidence();
    const auto row = static_cast<size_t>(shape.row());
    std::vector<int> column_counts(row, 0);
    std::vector<uint8_t> above(row, 0);  // two bits: there in the last row, and in the one before
    for (size_t begin = 0; begin < values.size(); begin += row) {
      const int rows = static_cast<int>(begin / row);
      int row_count = 0;
      unsigned left = 0;  // whether the last bits of this row are there
      for (size_t i = 0; i < row; ++i) {
        const int column = bucket(column_counts[i], rows);
        const int neighbours = static_cast<int>((left & 3u) << 2 | above[i]);
        const int dense = bucket(row_count, static_cast<int>(i));
        float& value = values[begin + i];
        const bool there =
            there_.code(coder, !is_zero(value), {column, neighbours, dense * kBuckets + column});
        value = there ? code_float(coder, value) : 0.0f;
        column_counts[i] += there ? 1 : 0;
        row_count += there ? 1 : 0;
        above[i] = static_cast<uint8_t>((above[i] << 1 | (there ? 1 : 0)) & 3);
        left = left << 1 | (there ? 1u : 0u);
      }
    }
  }

 private:
  static constexpr int kBuckets = 12;

  static bool is_zero(float value) { return std::bit_cast<uint32_t>(value) == 0; }

  // A share `count` / `of` on a logarithmic scale; 0 for nothing seen yet.
  static int bucket(int count, int of) {
    if (of == 0) return 0;
    return 1 + std::bit_width(static_cast<unsigned>(int64_t{count} * 1023 / of));
  }

  template <class Coder>
  float code_float(Coder& coder, float value) {
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    const uint32_t sign = coder.raw_bits(bits >> 31, 1);
    uint32_t node = 1;  // the digits of the exponent so far behind a leading one
    for (int digit = 30; digit >= 23; --digit)
      node = 2 * node + (coder.bit((bits >> digit) & 1u, exponent_[node]) ? 1u : 0u);
    const uint32_t mantissa = coder.raw_bits(bits & 0x7FFFFFu, 23);
    return std::bit_cast<float>(sign << 31 | (node - 256) << 23 | mantissa);
  }

  MixedBit<3> there_{kBuckets * kBuckets};
  std::array<AdaptiveBit, 256> exponent_;
};

}  // namespace pare
