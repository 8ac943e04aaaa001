#include "framework/autograd/profile.h"

#include <algorithm>

namespace pare {

void Profile::lap(const char* operation, Direction direction) {
  const Clock::time_point now = Clock::now();
  auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& r) { return r.operation == operation; });
  if (row == rows_.end()) row = rows_.insert(rows_.end(), {operation});
  (direction == Direction::Forward ? row->forward_seconds : row->backward_seconds) +=
      std::chrono::duration<double>(now - last_).count();
  last_ = now;
}

double Profile::total_seconds() const {
  double total = 0;
  for (const Row& row : rows_) total += row.forward_seconds + row.backward_seconds;
  return total;
}

}  // namespace pare
