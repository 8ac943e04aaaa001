// WorkerChoice: how many of a run's threads should work, learnt from how long steps take.
//
// Beside a busy process two threads can be slower than one: one of them shares its core, and the other waits
// for it. So now and then a few steps are made by half as many workers, or twice as many, in turns with as
// many as before, and the faster number stays. Results do not depend on it (framework/base/threads.h).
#pragma once

#include <cstdint>

namespace pare {

class WorkerChoice {
 public:
  explicit WorkerChoice(int threads) : threads_(threads), chosen_(threads) {}

  int threads() const { return threads_; }
  int chosen() const { return chosen_; }
  // For the next step: those chosen, or others for a trial.
  int next() const { return turn_ == Turn::Other ? other_ : chosen_; }
  // The step that next() was asked for took so long.
  void add(double seconds);

 private:
  struct Lap {
    double seconds = 0;
    int64_t steps = 0;
    double mean() const { return seconds / static_cast<double>(steps); }
  };
  enum class Turn { Rest, Chosen, Other };

  void begin_trial();
  void end_trial(bool other_is_faster);

  int threads_, chosen_, other_ = 0;
  bool try_fewer_ = true;
  Turn turn_ = Turn::Rest;
  Lap lap_;                       // of this turn
  Lap with_chosen_, with_other_;  // of the trial under way
  int pairs_ = 0;                 // of turns, in it
  int64_t rests_ = 1;             // the next rest is so many times the shortest one
};

}  // namespace pare
