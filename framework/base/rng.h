// Rng: random numbers from a counter, so that any number is a function of (seed, sequence, position).
//
// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). A sequence is a name
// such as "order" or "init/3.weight" plus an index such as the epoch; sequences never influence each other,
// so adding a layer does not change the initial weights of the others, and a resumed epoch has the same
// order.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace pare {

class Rng {
 public:
  Rng(uint64_t seed, std::string_view sequence, uint64_t index = 0);

  uint32_t bits();  // 32 uniform bits
  float uniform();  // [0, 1)
  float uniform(float low, float high);
  float normal();                      // mean 0, standard deviation 1
  uint32_t below(uint32_t bound);      // 0 .. bound-1 without bias; bound > 0
  void shuffle(std::span<int> items);  // Fisher-Yates

 private:
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> block_{};
  int used_ = 4;  // numbers of block_ already handed out
};

}  // namespace pare
