#include "compress/self_compression/size_target.h"

#include <algorithm>
#include <cmath>

#include "framework/base/error.h"

namespace pare {
namespace {

constexpr double kApproach = 0.7;  // share of the run in which the wanted size falls
constexpr double kAim =
    0.985;  // of the target, which is a ceiling: the middle of what is near enough below it
// Slow to push and quick to let go, because what is cut does not come back, while depths that were spared
// grow again: with the same gain on both sides files ended some per cent too small, and with a high one they
// swung.
constexpr double kPush = 4;           // 10 % too large: the losses weigh 1.5 times as much at once,
constexpr double kLetGo = 16;         // 10 % too small: a fifth as much at once,
constexpr double kIntegral = 0.4;     // and 4 % more or less with every further observation
constexpr double kLargestStep = 0.5;  // of one observation's relative error that counts
constexpr double kLargestLog = 7;     // the factor stays within e^-7 .. e^7
constexpr double kLeastLeft = 0.2;    // bounds how much more both gains become at the end

// How much of the time behind the approach is left, 1 to kLeastLeft. An error has to be corrected in it,
// while learning rates fall and each step changes less: gains are divided by it.
double time_left(const Position& position) {
  const double done = static_cast<double>(position.step) / static_cast<double>(position.total);
  return std::clamp((1 - done) / (1 - kApproach), kLeastLeft, 1.0);
}

}  // namespace

double SizeTarget::wanted(const Position& position) const {
  const double done = static_cast<double>(position.step) / static_cast<double>(position.total);
  // Slower and slower: what is cut in passing the target does not grow back.
  const double left = 1 - std::min(1.0, done / kApproach);
  const double share = 1 - left * left;
  return std::exp((1 - share) * std::log(first_) + share * std::log(kAim * target_));
}

void SizeTarget::observe(int64_t bytes, const Position& position) {
  if (first_ == 0) first_ = static_cast<double>(bytes);
  const double error = std::log(static_cast<double>(bytes) / wanted(position));
  integral_ = std::clamp(integral_ + kIntegral * std::clamp(error, -kLargestStep, kLargestStep), -kLargestLog,
                         kLargestLog);
  const double gain = (error > 0 ? kPush : kLetGo) / time_left(position);
  factor_ = std::exp(std::clamp(integral_ + gain * error, -kLargestLog, kLargestLog));
}

int64_t SizeTarget::interval(const Position& position) const {
  constexpr int64_t kLooksPerEpoch = 4, kLooksAtTheEnd = 16;
  const bool approaches =
      static_cast<double>(position.step) <= kApproach * static_cast<double>(position.total);
  return std::max<int64_t>(1, position.steps_per_epoch / (approaches ? kLooksPerEpoch : kLooksAtTheEnd));
}

void SizeTarget::restore(std::span<const double> state) {
  check(state.size() == 3, "size target: a state of ", state.size(), " numbers");
  first_ = state[0];
  integral_ = state[1];
  factor_ = state[2];
}

}  // namespace pare
