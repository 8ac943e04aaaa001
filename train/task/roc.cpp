#include "train/task/roc.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace pare {

double area_under_roc(std::vector<Scored> examples) {
  std::sort(examples.begin(), examples.end(),
            [](const Scored& a, const Scored& b) { return a.score < b.score; });
  int64_t positives = 0, negatives = 0, twice_above = 0;  // pairs in the right order twice, ties once
  for (size_t i = 0; i < examples.size();) {
    int64_t of_these[2] = {0, 0};
    const float score = examples[i].score;
    for (; i < examples.size() && !(score < examples[i].score); ++i) ++of_these[examples[i].positive ? 1 : 0];
    twice_above += of_these[1] * (2 * negatives + of_these[0]);
    negatives += of_these[0];
    positives += of_these[1];
  }
  if (positives == 0 || negatives == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(twice_above) / 2 / static_cast<double>(positives) /
         static_cast<double>(negatives);
}

}  // namespace pare
