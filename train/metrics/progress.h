// ProgressLine: what a person watching a run sees: on a terminal one line redrawn in place, and one plain
// line an epoch everywhere.
#pragma once

#include <chrono>
#include <string>

#include "train/trainer.h"

namespace pare {

enum class Verbosity { Normal, Quiet };

// "1,234,567"
std::string with_thousands(int64_t number);
// "7 s", "3:05", "1:02:09"
std::string as_duration(double seconds);

// What an epoch ended with.
struct EpochSummary {
  int64_t epoch = 0;
  double loss = 0, train_metric = 0;
  std::string result;  // "validation 98.76 %"
  double mean_bits = 0;
  std::string channels;  // "9-18-65"
  int64_t bytes = 0;
  double seconds = 0, images_per_second = 0;
};

class ProgressLine {
 public:
  explicit ProgressLine(Verbosity verbosity);
  ~ProgressLine();

  void say(const std::string& line);   // a plain line of its own
  void warn(const std::string& line);  // the same on stderr, whatever the verbosity
  void step(const Position& position, const TrainingState& state, const Task& task);
  void epoch(const EpochSummary& news, int64_t epochs);

 private:
  using Clock = std::chrono::steady_clock;

  void clear();

  Verbosity verbosity_;
  bool terminal_;
  bool drawn_ = false;
  EpochSummary last_;
  Clock::time_point started_, drawn_at_;
  int64_t first_step_ = -1;
};

}  // namespace pare
