#include "compress/coding/level_contexts.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace pare {
namespace {

constexpr int kMaxDepth = 7;      // deeper channels share contexts
constexpr int kClasses = 23;      // of a magnitude in half octaves
constexpr int kWideClasses = 12;  // in octaves
constexpr int32_t kMaxMean = 1 << 15;

// A magnitude in units of 1/256, in steps of half an octave from 1/32 up: 0 .. 22.
int half_octaves(int32_t magnitude) {
  const unsigned steps = static_cast<unsigned>(magnitude) / 8;
  if (steps < 2) return static_cast<int>(steps);
  const int width = std::bit_width(steps);
  return std::min(2 * width - 1 + static_cast<int>((steps >> (width - 2)) & 1u), kClasses - 1);
}

int octaves(int32_t magnitude) { return (half_octaves(magnitude) + 1) / 2; }

int sign(int32_t level) { return (level > 0) - (level < 0) + 1; }  // 0, 1, 2

int up_to_two(int32_t level) { return std::min(std::abs(level), 2); }

}  // namespace

void LevelContexts::Mean::add(int32_t magnitude, int32_t limit) {
  value += ((std::min(magnitude, 255) << 8) - value) / (count + 2);
  if (count < limit) ++count;
}

LevelContexts::LevelContexts(const Shape& shape)
    : height_(shape[1]),
      width_(shape[2]),
      inputs_(shape[3]),
      columns_(static_cast<size_t>(inputs_)),
      taps_(static_cast<size_t>(height_ * width_)),
      places_(static_cast<size_t>(height_ * width_ * inputs_)) {}

void LevelContexts::start_channel(const int32_t* row, int depth) {
  row_ = row;
  depth_ = std::min(depth, kMaxDepth);
  channel_ = {};
  ++channels_;
}

void LevelContexts::move_to(int64_t h, int64_t w, int64_t i) {
  tap_ = h * width_ + w;
  input_ = i;
  at_ = tap_ * inputs_ + i;
  const int32_t* here = row_ + at_;
  const int64_t line = width_ * inputs_, row = height_ * line;
  left_ = w > 0 ? here[-inputs_] : 0;
  up_ = h > 0 ? here[-line] : 0;
  up_left_ = h > 0 && w > 0 ? here[-line - inputs_] : 0;
  up_right_ = h > 0 && w + 1 < width_ ? here[-line + inputs_] : 0;
  before_ = i > 0 ? here[-1] : 0;
  before2_ = i > 1 ? here[-2] : 0;
  above_ = channels_ > 1 ? here[-row] : 0;
  above2_ = channels_ > 2 ? here[-2 * row] : 0;
}

LevelContexts::MagnitudeContexts LevelContexts::magnitude_contexts() const {
  const int32_t around = 2 * std::abs(left_) + 2 * std::abs(up_) + std::abs(up_left_) + std::abs(up_right_) +
                         std::abs(before_) + std::abs(before2_) + std::abs(above_) + std::abs(above2_);
  const int energy = half_octaves(64 * std::min(around, 1 << 16));
  const Mean& column = columns_[static_cast<size_t>(input_)];
  // What the magnitude would be if the tensor were channel scale times column scale.
  const int64_t product = int64_t{channel_.value} * column.value / std::max(tensor_.value, 1);
  const int expected = half_octaves(static_cast<int32_t>(std::min<int64_t>(product, kMaxMean)));
  const int place = half_octaves(places_[static_cast<size_t>(at_)].value);
  const int tap = half_octaves(taps_[static_cast<size_t>(tap_)].value);
  const int exact =
      (((up_to_two(left_) * 3 + up_to_two(up_)) * 3 + up_to_two(before_)) * 3 + up_to_two(above_)) * 3 +
      up_to_two(above2_);
  return {depth_,
          depth_ * kWideClasses + octaves(channel_.value),
          half_octaves(column.value) * (kMaxDepth + 1) + depth_,
          energy * (kMaxDepth + 1) + depth_,
          exact,
          place * kClasses + tap,
          expected * kClasses + energy};
}

LevelContexts::SignContexts LevelContexts::sign_contexts(int32_t magnitude) const {
  const int beside = sign(left_) * 3 + sign(up_);
  // A range such as -8 .. 7 has no +8: hence the magnitude.
  return {std::min(magnitude, kContexts - 1), beside, sign(above_) * 3 + sign(above2_),
          (sign(up_left_) * 3 + sign(up_right_)) * 9 + beside};
}

void LevelContexts::learn(int32_t level) {
  const int32_t magnitude = std::abs(level);
  channel_.add(magnitude, 1000);
  columns_[static_cast<size_t>(input_)].add(magnitude, 15);
  places_[static_cast<size_t>(at_)].add(magnitude, 255);
  taps_[static_cast<size_t>(tap_)].add(magnitude, 255);
  tensor_.add(magnitude, 1000);
}

}  // namespace pare
