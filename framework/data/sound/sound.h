// Sound: samples of one channel, whatever file they come from.
#pragma once

#include <vector>

namespace pare {

struct Sound {
  int rate = 0;                // samples a second
  std::vector<float> samples;  // from -1 to 1, or beyond where a file of floats goes there
};

constexpr int kMostRate = 192000;

}  // namespace pare
