// ProgressLine: what a person watching a run sees: on a terminal one line redrawn in place, that fits it, and
// one plain line an epoch everywhere.
#pragma once

#include <chrono>
#include <string>

#include "train/task/evaluate.h"
#include "train/trainer.h"

namespace pare {

enum class Verbosity { Normal, Quiet };

// "1,234,567"
std::string with_thousands(int64_t number);
// "7 s", "3:05", "1:02:09"
std::string as_duration(double seconds);

// A part of a line: among those that do not all fit, the ones of the lowest ranks stay.
struct LinePart {
  int rank;
  std::string text;
};
// The parts two blanks apart, in their order; at most `columns` long, unless the first is longer.
std::string fitted_line(const std::vector<LinePart>& parts, int columns);

// What an epoch ended with.
struct EpochSummary {
  int64_t epoch = 0;
  double loss = 0, train_metric = 0;
  std::string result;    // "validation 98.76 %"
  double mean_bits = 0;  // per weight that the network had at the start
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
  // The steps to come are a part of these, which `name` says: "replicate 1 of 5, level 3 of 20". `steps`: of
  // everything that is to be done from the first step on that this line is told of.
  void part_of(const std::string& name, int64_t steps);
  void step(const Position& position, const TrainingState& state, const Task& task);
  void epoch(const EpochSummary& news, const Position& position);
  // For what takes long besides training: "validating", drawn until something else is.
  Watcher watch(const std::string& what);
  void show(const std::string& what);
  void done() { clear(); }  // nothing is drawn any more

 private:
  using Clock = std::chrono::steady_clock;

  void clear();
  // Whether it is time to draw again; without a terminal, to say a line.
  bool is_due();
  void draw(const std::vector<LinePart>& parts);

  Verbosity verbosity_;
  bool terminal_, drawn_ = false;
  EpochSummary last_;
  Clock::time_point started_, drawn_at_;
  std::string part_;
  int64_t steps_done_ = 0, steps_all_ = 0;  // since started_
};

}  // namespace pare
