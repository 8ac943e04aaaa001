#include "compress/coding/mixer.h"

#include "compress/coding/adaptive_bit.h"

namespace pare {
namespace {

// The place of log odds in kProbabilities.
constexpr size_t place(int odds) { return static_cast<size_t>(odds) + kMaxLogOdds; }

constexpr int kOddsEntries = 2 * kMaxLogOdds + 1;
constexpr int kInverseBits = 12;
constexpr uint64_t kOne = uint64_t{1} << 32;
constexpr uint64_t kDecay = 4278222805;  // 2^32 * exp(-1/256)

// 2^16 / (1 + exp(-x / 256)) for every x, the exponentials by repeated multiplication in 32.32 fixed point.
constexpr std::array<uint16_t, kOddsEntries> kProbabilities = [] {
  std::array<uint16_t, kOddsEntries> table{};
  uint64_t power = kOne;
  for (int x = 0; x <= kMaxLogOdds; ++x) {
    const uint64_t probability = (kOne << 16) / (kOne + power);  // of the likelier side
    table[place(x)] = static_cast<uint16_t>(std::min<uint64_t>(probability, 65535));
    table[place(-x)] = static_cast<uint16_t>(std::max<uint64_t>(65536 - probability, 1));
    power = (power * kDecay) >> 32;
  }
  return table;
}();

// The smallest log odds whose probability reaches the middle of each of 2^12 steps.
constexpr std::array<int16_t, 1 << kInverseBits> kLogOdds = [] {
  std::array<int16_t, 1 << kInverseBits> table{};
  int x = -kMaxLogOdds;
  for (uint32_t step = 0; step < table.size(); ++step) {
    const uint32_t middle =
        (step << (kProbabilityBits - kInverseBits)) + (1u << (kProbabilityBits - kInverseBits - 1));
    while (x < kMaxLogOdds && kProbabilities[place(x)] < middle) ++x;
    table[step] = static_cast<int16_t>(x);
  }
  return table;
}();

}  // namespace

int log_odds(uint32_t probability) { return kLogOdds[probability >> (kProbabilityBits - kInverseBits)]; }

uint32_t probability_of(int log_odds) { return kProbabilities[place(log_odds)]; }

}  // namespace pare
