// AdaptiveBit: the probability of a yes/no question, learnt from the answers given so far.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace pare {

// Probabilities handed to the range coders are of a one, in units of 2^-16, within 1 .. 65535.
constexpr int kProbabilityBits = 16;

// Starts as the Krichevsky-Trofimov estimate, (ones + 1/2) / (answers + 1), so that a handful of answers is
// enough to become useful; from `limit` answers on it forgets exponentially and follows a drifting source.
// Integers only: 22 bits of probability keep learning at the slowest rate, where 16 would stall near 0 and 1.
class AdaptiveBit {
 public:
  static constexpr int kMaxLimit = 1023;

  uint32_t probability() const {
    return static_cast<uint32_t>(std::clamp(probability_ >> kExtraBits, 1, (1 << kProbabilityBits) - 1));
  }

  void learn(bool bit, int limit = 255) {
    const int32_t target = bit ? (1 << (kProbabilityBits + kExtraBits)) - 1 : 0;
    const int64_t step = int64_t{target - probability_} * kRates[static_cast<size_t>(answers_)];
    probability_ += static_cast<int32_t>(step >> 16);
    if (answers_ < limit) ++answers_;
  }

  // Keeps the probability, but lets the next answers move it as if at most `answers` had been seen.
  void limit_confidence(int answers) { answers_ = std::min(answers_, answers); }

 private:
  static constexpr int kExtraBits = 6;
  // 1 / (answers + 2) in units of 2^-16: the Krichevsky-Trofimov step.
  static constexpr std::array<int32_t, kMaxLimit + 1> kRates = [] {
    std::array<int32_t, kMaxLimit + 1> rates{};
    for (int n = 0; n <= kMaxLimit; ++n) rates[static_cast<size_t>(n)] = 65536 / (n + 2);
    return rates;
  }();

  int32_t probability_ = 1 << (kProbabilityBits + kExtraBits - 1);
  int32_t answers_ = 0;
};

}  // namespace pare
