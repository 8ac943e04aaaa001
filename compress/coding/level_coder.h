// LevelCoder: entropy coding of the integers and scales of quantised weights.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "compress/coding/range_coder.h"
#include "framework/tensor/shape.h"

namespace pare {

// A quantised weight: weight = level * 2^(exponent / steps), one exponent per output channel.
struct LevelTensor {
  Shape shape;                     // (O,KH,KW,I)
  std::vector<int32_t> levels;     // (O,KH,KW,I), -kMaxLevel .. kMaxLevel
  std::vector<int16_t> exponents;  // (O), in steps; 0 where the whole channel is zero
};

constexpr int32_t kMaxLevel = 1 << 15;

// The probabilities adapt from tensor to tensor, so a model's tensors must be decoded with one LevelCoder in
// the order in which they were encoded with one.
//
// Per channel: its depth, the bits of its largest magnitude (0 for a channel of zeros, which then costs
// nothing more); its exponent, as the difference from the best of three predictions; then each level as zero
// or not, the bits of its magnitude, their digits, and the sign, every answer mixed from several contexts
// (level_contexts.h).
class LevelCoder {
 public:
  explicit LevelCoder(int exponent_steps = 16);  // from an exponent to the next integer
  ~LevelCoder();

  // Throws Failure::Internal for sizes that disagree or levels out of range. The exponents of channels of
  // zeros are not kept.
  void encode(RangeEncoder& encoder, const LevelTensor& tensor);
  // The tensor of this shape (O,KH,KW,I), which is all that is ever allocated: check the shape first. Throws
  // Failure::Data for bytes no encoder wrote, as far as that shows.
  LevelTensor decode(RangeDecoder& decoder, const Shape& shape);

 private:
  struct Models;
  std::unique_ptr<Models> models_;
};

}  // namespace pare
