#include "optim/worker_choice.h"

#include <algorithm>

namespace pare {
namespace {

// A turn is long enough to see both halves of a core's time, which change hands every few milliseconds.
constexpr double kTurn = 0.025;
constexpr int kMostPairs = 3;
constexpr double kClear = 1.25;   // a ratio that needs no more turns
constexpr double kFaster = 1.02;  // what a change has to bring
// The shortest rest between two trials, and how many times as long the longest is: in a long run trials cost
// less than 1 % where all threads are best, and that a machine got busy is noticed after 16 seconds or 256
// steps.
constexpr double kRestSeconds = 0.25;
constexpr int64_t kRestSteps = 4, kLongestRest = 64;

}  // namespace

void WorkerChoice::add(double seconds) {
  if (threads_ == 1) return;
  lap_.seconds += seconds;
  ++lap_.steps;
  if (turn_ == Turn::Rest) {
    if (lap_.seconds >= kRestSeconds * static_cast<double>(rests_) && lap_.steps >= kRestSteps * rests_)
      begin_trial();
    return;
  }
  if (lap_.seconds < kTurn) return;
  Lap& total = turn_ == Turn::Chosen ? with_chosen_ : with_other_;
  total.seconds += lap_.seconds;
  total.steps += lap_.steps;
  lap_ = {};
  if (turn_ == Turn::Chosen) {
    turn_ = Turn::Other;
    return;
  }
  turn_ = Turn::Chosen;
  const double gain = with_chosen_.mean() / with_other_.mean();
  if (++pairs_ == kMostPairs || gain > kClear || gain * kClear < 1) end_trial(gain > kFaster);
}

void WorkerChoice::begin_trial() {
  if (chosen_ == 1) try_fewer_ = false;
  if (chosen_ == threads_) try_fewer_ = true;
  other_ = try_fewer_ ? chosen_ / 2 : std::min(2 * chosen_, threads_);
  turn_ = Turn::Chosen;
  lap_ = with_chosen_ = with_other_ = {};
  pairs_ = 0;
}

void WorkerChoice::end_trial(bool other_is_faster) {
  turn_ = Turn::Rest;
  if (other_is_faster) {
    chosen_ = other_;
    rests_ = 1;
  } else {
    try_fewer_ = !try_fewer_;
    rests_ = std::min(2 * rests_, kLongestRest);
  }
}

}  // namespace pare
