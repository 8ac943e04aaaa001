// The examples that a network is most wrong about.
#pragma once

#include <cstdint>
#include <vector>

#include "framework/json/json.h"

namespace pare {

struct WrongAnswer {
  int64_t example = 0;  // by number
  double wrongness = 0;
  // {"true": class, "taken": class, "score": its probability}; of labels {"label", "true": 0 or 1, "score"};
  // of numbers {"value": which, "true", "predicted"}: classes, labels and values by number.
  Json said{};
};

// Keeps the worst of many, of equally wrong ones those that came first.
class Worst {
 public:
  static constexpr size_t kKept = 24;

  void add(WrongAnswer answer);
  // The worst first.
  const std::vector<WrongAnswer>& answers() const { return answers_; }

 private:
  std::vector<WrongAnswer> answers_;
};

}  // namespace pare
