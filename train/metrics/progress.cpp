#include "train/metrics/progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace pare {
namespace {

double seconds_between(std::chrono::steady_clock::time_point from, std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

template <class... Arguments>
std::string format(const char* pattern, Arguments... arguments) {
  std::string text(static_cast<size_t>(std::snprintf(nullptr, 0, pattern, arguments...)) + 1, '\0');
  std::snprintf(text.data(), text.size(), pattern, arguments...);
  text.pop_back();
  return text;
}

}  // namespace

std::string with_thousands(int64_t number) {
  std::string digits = std::to_string(number);
  for (auto place = static_cast<int64_t>(digits.size()) - 3; place > (number < 0 ? 1 : 0); place -= 3)
    digits.insert(static_cast<size_t>(place), ",");
  return digits;
}

std::string as_duration(double seconds) {
  const auto whole = static_cast<int64_t>(std::lround(seconds));
  if (whole < 60) return format("%d s", static_cast<int>(whole));
  const auto hours = static_cast<int>(whole / 3600), minutes = static_cast<int>(whole / 60 % 60);
  if (hours == 0) return format("%d:%02d", minutes, static_cast<int>(whole % 60));
  return format("%d:%02d:%02d", hours, minutes, static_cast<int>(whole % 60));
}

ProgressLine::ProgressLine(Verbosity verbosity)
    : verbosity_(verbosity), terminal_(isatty(STDOUT_FILENO) == 1), started_(Clock::now()) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::clear() {
  if (drawn_) std::fputs("\r\033[K", stdout);
  drawn_ = false;
}

void ProgressLine::say(const std::string& line) {
  if (verbosity_ == Verbosity::Quiet) return;
  clear();
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

void ProgressLine::warn(const std::string& line) {
  clear();
  std::fflush(stdout);
  std::fputs(("pare: " + line + "\n").c_str(), stderr);
}

void ProgressLine::step(const Position& position, const TrainingState& state, const Task& task) {
  if (verbosity_ == Verbosity::Quiet || !terminal_) return;
  const Clock::time_point now = Clock::now();
  if (first_step_ < 0) {
    first_step_ = position.step;
    started_ = now;
  }
  if (drawn_ && seconds_between(drawn_at_, now) < 0.1) return;
  const double elapsed = seconds_between(started_, now);
  const auto done = static_cast<double>(position.step - first_step_);
  const double rate = elapsed > 0 ? done / elapsed : 0;
  const double left = rate > 0 ? static_cast<double>(position.total - position.step) / rate : 0;
  const auto images = static_cast<double>(std::max<int64_t>(state.images, 1));
  const double batch = position.step % position.steps_per_epoch == 0
                           ? 0
                           : images / static_cast<double>(position.step % position.steps_per_epoch);
  const std::string metric = task.said(state.metric_sum / images);
  std::string line =
      format("epoch %.2f/%.0f  %.0f images/s  loss %.3f  %s",
             static_cast<double>(position.step) / static_cast<double>(position.steps_per_epoch),
             static_cast<double>(position.total) / static_cast<double>(position.steps_per_epoch),
             rate * batch, state.task_loss_sum / images, metric.c_str());
  if (last_.bytes > 0)
    line += format("  bits %.2f  channels %s  %s bytes", last_.mean_bits, last_.channels.c_str(),
                   with_thousands(last_.bytes).c_str());
  line += "  " + as_duration(left) + " left";
  // Without wrapping: only the last row of a line on several would be drawn over the next time.
  std::fputs(("\r\033[K\033[?7l" + line + "\033[?7h").c_str(), stdout);
  std::fflush(stdout);
  drawn_ = true;
  drawn_at_ = now;
}

void ProgressLine::epoch(const EpochSummary& news, int64_t epochs) {
  last_ = news;
  say(format("epoch %3d/%d  loss %.4f  %s  bits %.3f  channels %s  %s bytes  %.1f s  %.0f images/s",
             static_cast<int>(news.epoch), static_cast<int>(epochs), news.loss, news.result.c_str(),
             news.mean_bits, news.channels.c_str(), with_thousands(news.bytes).c_str(), news.seconds,
             news.images_per_second));
}

}  // namespace pare
