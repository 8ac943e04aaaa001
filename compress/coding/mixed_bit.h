// MixedBit: the probability of a yes/no question, learnt in several contexts at once and mixed.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "compress/coding/adaptive_bit.h"
#include "compress/coding/mixer.h"

namespace pare {

// Each of kInputs views sorts the situations into contexts 0 .. contexts-1 and keeps an AdaptiveBit for each.
// A context never met says nothing (log odds 0), so rich contexts cost little while they are young.
template <int kInputs>
class MixedBit {
 public:
  using Contexts = std::array<int, kInputs>;

  explicit MixedBit(size_t contexts) : contexts_(contexts), bits_(kInputs * contexts) {}

  // Codes `value` in these contexts, one per view.
  template <class Coder>
  bool code(Coder& coder, bool value, const Contexts& contexts) {
    std::array<AdaptiveBit*, kInputs> met;
    std::array<int, kInputs> odds;
    for (int i = 0; i < kInputs; ++i) {
      met[i] = &bits_[static_cast<size_t>(i) * contexts_ + static_cast<size_t>(contexts[i])];
      odds[i] = log_odds(met[i]->probability());
    }
    value = coder.bit(value, mixer_.mix(odds));
    mixer_.learn(odds, value);
    for (AdaptiveBit* bit : met) bit->learn(value, kLimit);
    return value;
  }

  // Keeps what was learnt as a first guess for a source that may differ: at most kTrust answers weigh.
  void limit_confidence() {
    for (AdaptiveBit& bit : bits_) bit.limit_confidence(kTrust);
  }

 private:
  static constexpr int kLimit = 511;
  static constexpr int kTrust = 32;

  size_t contexts_;
  std::vector<AdaptiveBit> bits_;  // (kInputs, contexts)
  Mixer<kInputs> mixer_;
};

}  // namespace pare
