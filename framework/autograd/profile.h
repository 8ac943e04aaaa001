// Profile: where the time of training steps goes, by the names of operations.
//
// A stopwatch with laps: all the time since the previous lap belongs to the operation that reports. A Tape
// given a Profile reports each operation as it is recorded (forward) and as its gradient is done (backward),
// so operations themselves know nothing of it, and a Tape without one pays a test of a pointer.
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace pare {

enum class Direction { Forward, Backward };

class Profile {
 public:
  struct Row {
    std::string operation;
    double forward_seconds = 0, backward_seconds = 0;
  };

  // Forgets the time since the last lap: it belongs to no operation.
  void start() { last_ = Clock::now(); }
  void lap(const char* operation, Direction direction = Direction::Forward);
  void clear() { rows_.clear(); }

  // In the order in which operations were first seen.
  const std::vector<Row>& rows() const { return rows_; }
  double total_seconds() const;

 private:
  using Clock = std::chrono::steady_clock;

  std::vector<Row> rows_;
  Clock::time_point last_ = Clock::now();
};

// For code that may or may not be profiled.
inline void lap(Profile* profile, const char* operation, Direction direction = Direction::Forward) {
  if (profile != nullptr) profile->lap(operation, direction);
}

}  // namespace pare
