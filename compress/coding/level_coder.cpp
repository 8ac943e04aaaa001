#include "compress/coding/level_coder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "compress/coding/level_contexts.h"
#include "compress/coding/mixed_bit.h"
#include "compress/coding/models.h"
#include "framework/base/error.h"

namespace pare {
namespace {

constexpr int kMaxDepth = 16;  // bits of kMaxLevel, the only magnitude with that many

int bits_of(int32_t level) { return std::bit_width(static_cast<uint32_t>(std::abs(level))); }

// Guesses a channel's exponent: as in the channel before, as on average, or so that the channel's largest
// weight is as on average. Whichever has been nearest of late is used.
class ExponentPrediction {
 public:
  explicit ExponentPrediction(int steps) : steps_(steps) {}
  int predict(int depth) {
    guesses_ = {previous_, mean_ / kUnit, mean_largest_ / kUnit - steps_ * depth};
    size_t best = 0;
    for (size_t i = 1; i < guesses_.size(); ++i)
      if (misses_[i] < misses_[best]) best = i;
    return guesses_[best];
  }
  void learn(int exponent, int depth) {
    for (size_t i = 0; i < guesses_.size(); ++i)
      misses_[i] += std::abs(exponent - guesses_[i]) * kUnit / 8 - misses_[i] / 8;
    previous_ = exponent;
    count_ = std::min(count_ + 1, 32);
    mean_ += (exponent * kUnit - mean_) / count_;
    mean_largest_ += ((exponent + steps_ * depth) * kUnit - mean_largest_) / count_;
  }

 private:
  static constexpr int kUnit = 64;  // means and misses are kept in 1/64 of a step

  int steps_;
  std::array<int, 3> guesses_{}, misses_{};
  int previous_ = 0, mean_ = 0, mean_largest_ = 0, count_ = 0;
};

}  // namespace

struct LevelCoder::Models {
  using MagnitudeBit = MixedBit<LevelContexts::kMagnitudeViews>;
  using SignBit = MixedBit<LevelContexts::kSignViews>;

  MixedBit<2> deeper{kMaxDepth};
  ExponentPrediction exponent_prediction;
  AdaptiveSigned exponent_miss;
  std::vector<MagnitudeBit> wider{kMaxDepth, MagnitudeBit(LevelContexts::kContexts)};  // wider[0]: not zero
  std::array<std::vector<MagnitudeBit>, 3> digits;  // the first two digits after the leading one, by width
  SignBit negative{LevelContexts::kContexts};

  explicit Models(int exponent_steps) : exponent_prediction(exponent_steps) {
    digits.fill(std::vector<MagnitudeBit>(kMaxDepth, MagnitudeBit(LevelContexts::kContexts)));
  }

  // From here on both directions in one: see range_coder.h.
  template <class Coder>
  void code(Coder& coder, LevelTensor& tensor) {
    limit_confidence();
    LevelContexts contexts(tensor.shape);
    const int64_t row = tensor.shape.row();
    int depth = 1;
    for (int64_t channel = 0; channel < tensor.shape[0]; ++channel) {
      int32_t* levels = tensor.levels.data() + channel * row;
      int widest = 0;
      for (int64_t i = 0; i < row; ++i) widest = std::max(widest, bits_of(levels[i]));
      depth = code_depth(coder, widest, depth);
      int16_t& exponent = tensor.exponents[static_cast<size_t>(channel)];
      exponent = depth > 0 ? code_exponent(coder, exponent, depth) : int16_t{0};
      contexts.start_channel(levels, depth);
      if (depth > 0) code_channel(coder, tensor.shape, levels, depth, contexts);
    }
  }

  template <class Coder>
  void code_channel(Coder& coder, const Shape& shape, int32_t* levels, int depth, LevelContexts& contexts) {
    for (int64_t h = 0; h < shape[1]; ++h)
      for (int64_t w = 0; w < shape[2]; ++w)
        for (int64_t i = 0; i < shape[3]; ++i, ++levels) {
          contexts.move_to(h, w, i);
          *levels = code_level(coder, *levels, depth, contexts);
          contexts.learn(*levels);
        }
  }

  template <class Coder>
  int32_t code_level(Coder& coder, int32_t level, int depth, const LevelContexts& contexts) {
    const LevelContexts::MagnitudeContexts views = contexts.magnitude_contexts();
    const int wanted = bits_of(level);
    int width = 0;
    while (width < depth && wider[static_cast<size_t>(width)].code(coder, wanted > width, views)) ++width;
    if (width == 0) return 0;
    const int32_t magnitude =
        width == kMaxDepth ? kMaxLevel : code_digits(coder, std::abs(level), width, views);
    return negative.code(coder, level < 0, contexts.sign_contexts(magnitude)) ? -magnitude : magnitude;
  }

  // The digits of a magnitude of `width` bits behind the leading one; the third and later ones look random.
  template <class Coder>
  int32_t code_digits(Coder& coder, int32_t magnitude, int width,
                      const LevelContexts::MagnitudeContexts& views) {
    int rest = width - 1;
    uint32_t known = 1;
    while (rest > 0 && known < 4) {
      --rest;
      MagnitudeBit& digit = digits[known - 1][static_cast<size_t>(width)];
      known = 2 * known + (digit.code(coder, (magnitude >> rest) & 1, views) ? 1u : 0u);
    }
    const uint32_t mask = (1u << rest) - 1;
    return static_cast<int32_t>((known << rest) |
                                coder.raw_bits(static_cast<uint32_t>(magnitude) & mask, rest));
  }

  // In unary; each step knows how far it is and how far that is from the channel before.
  template <class Coder>
  int code_depth(Coder& coder, int depth, int previous) {
    int coded = 0;
    while (coded < kMaxDepth &&
           deeper.code(coder, depth > coded, {coded, std::clamp(coded - previous, -3, 3) + 3}))
      ++coded;
    return coded;
  }

  template <class Coder>
  int16_t code_exponent(Coder& coder, int exponent, int depth) {
    const int prediction = exponent_prediction.predict(depth);
    const int coded = prediction + exponent_miss.code(coder, exponent - prediction);
    require(coded == static_cast<int16_t>(coded), Failure::Data, "compressed data: a scale exponent is ",
            coded, ", expected -32768 .. 32767; the file is damaged");
    exponent_prediction.learn(coded, depth);
    return static_cast<int16_t>(coded);
  }

  // Another tensor may be of another kind.
  void limit_confidence() {
    for (MagnitudeBit& bit : wider) bit.limit_confidence();
    for (auto& by_width : digits)
      for (MagnitudeBit& bit : by_width) bit.limit_confidence();
    negative.limit_confidence();
    deeper.limit_confidence();
  }
};

LevelCoder::LevelCoder(int exponent_steps) : models_(std::make_unique<Models>(exponent_steps)) {}
LevelCoder::~LevelCoder() = default;

void LevelCoder::encode(RangeEncoder& encoder, const LevelTensor& tensor) {
  check(tensor.shape.rank() == 4, "level coder: shape ", tensor.shape, ", expected (O,KH,KW,I)");
  check(static_cast<int64_t>(tensor.levels.size()) == tensor.shape.count(), "level coder: shape ",
        tensor.shape, " does not fit ", tensor.levels.size(), " levels");
  check(static_cast<int64_t>(tensor.exponents.size()) == tensor.shape[0], "level coder: shape ", tensor.shape,
        " does not fit ", tensor.exponents.size(), " exponents");
  for (const int32_t level : tensor.levels)
    check(-kMaxLevel <= level && level <= kMaxLevel, "level coder: level ", level, " is beyond +-",
          kMaxLevel);
  LevelTensor copy = tensor;
  models_->code(encoder, copy);
}

LevelTensor LevelCoder::decode(RangeDecoder& decoder, const Shape& shape) {
  check(shape.rank() == 4, "level coder: shape ", shape, ", expected (O,KH,KW,I)");
  LevelTensor tensor{shape, std::vector<int32_t>(static_cast<size_t>(shape.count())),
                     std::vector<int16_t>(static_cast<size_t>(shape[0]))};
  models_->code(decoder, tensor);
  return tensor;
}

}  // namespace pare
