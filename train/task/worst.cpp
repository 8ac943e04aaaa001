#include "train/task/worst.h"

#include <algorithm>

namespace pare {

void Worst::add(WrongAnswer answer) {
  const auto place = std::ranges::find_if(
      answers_, [&](const WrongAnswer& other) { return other.wrongness < answer.wrongness; });
  if (place == answers_.end() && answers_.size() == kKept) return;
  answers_.insert(place, std::move(answer));
  if (answers_.size() > kKept) answers_.pop_back();
}

}  // namespace pare
