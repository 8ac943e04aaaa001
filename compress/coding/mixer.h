// Mixer: one probability out of several, weighted by how well each has done so far.
//
// Logistic mixing (M. Mahoney, "Adaptive weighing of context models for lossless data compression", 2005, and
// his lpaq): log odds are added, and the weights follow the gradient of the coding cost. Integers only: log
// odds in units of 1/256 nat, weights in units of 2^-16.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace pare {

constexpr int kMaxLogOdds =
    2815;  // 11 nats: a probability of 1.7e-5, just above the smallest the coder can use

// Log odds of a probability (units of 2^-16, 1 .. 65535), and the way back.
int log_odds(uint32_t probability);
uint32_t probability_of(int log_odds);

template <int kInputs>
class Mixer {
 public:
  using Inputs = std::array<int, kInputs>;  // log odds

  Mixer() { weights_.fill(kFirstWeight); }

  // The mixed probability, units of 2^-16, within 1 .. 65535.
  uint32_t mix(const Inputs& inputs) {
    int64_t sum = 0;
    for (int i = 0; i < kInputs; ++i) sum += int64_t{weights_[i]} * inputs[i];
    probability_ =
        probability_of(static_cast<int>(std::clamp<int64_t>(sum >> 16, -kMaxLogOdds, kMaxLogOdds)));
    return probability_;
  }

  // Moves the weights towards the inputs of the last mix() that pointed at `bit`: fast at first, since a
  // small model ends after some thousand bits, then slowly, since noise in the weights costs a large one 1 %.
  void learn(const Inputs& inputs, bool bit) {
    const int32_t error = (bit ? 65535 : 0) - static_cast<int32_t>(probability_);
    const int32_t rate = kSlowRate + kFastRate * kFastBits / (bits_ + kFastBits);
    const int32_t step = error * rate / 256;
    for (int i = 0; i < kInputs; ++i)
      weights_[i] = std::clamp(weights_[i] + ((step * inputs[i]) >> 12), -kMaxWeight, kMaxWeight);
    if (bits_ < kFastRate * kFastBits) ++bits_;
  }

 private:
  static constexpr int32_t kFirstWeight = 65536 / kInputs;  // the mean of the inputs
  static constexpr int32_t kMaxWeight = 1 << 20;
  static constexpr int kFastRate = 128, kSlowRate = 8, kFastBits = 256;

  std::array<int32_t, kInputs> weights_;
  int bits_ = 0;  // learnt from so far
  uint32_t probability_ = 0;
};

}  // namespace pare
