#include "train/metrics/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "framework/base/error.h"
#include "train/metrics/terminal.h"
#include "train/task/text_table.h"

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

std::string fitted_line(const std::vector<LinePart>& parts, int columns) {
  const auto joined = [&](int rank) {
    std::string line;
    for (const LinePart& part : parts)
      if (part.rank <= rank && !part.text.empty()) line += (line.empty() ? "" : "  ") + part.text;
    return line;
  };
  int rank = 0;
  for (const LinePart& part : parts) rank = std::max(rank, part.rank);
  while (rank > 0 && static_cast<int>(length_of(joined(rank))) > columns) --rank;
  return joined(rank);
}

ProgressLine::ProgressLine(Verbosity verbosity)
    : verbosity_(verbosity),
      terminal_(isatty(STDOUT_FILENO) == 1),
      started_(Clock::now()),
      drawn_at_(started_) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::clear() {
  if (drawn_) std::fputs("\r\033[K", stdout);
  drawn_ = false;
}

void ProgressLine::say(const std::string& line) {
  if (verbosity_ == Verbosity::Quiet) return;
  clear();
  const bool is_too_long = terminal_ && static_cast<int>(length_of(line)) > columns_of_terminal();
  std::fputs(((is_too_long ? wrapped(line, 2, columns_of_terminal()) : line) + "\n").c_str(), stdout);
  std::fflush(stdout);
  drawn_at_ = Clock::now();
}

void ProgressLine::warn(const std::string& line) {
  clear();
  std::fflush(stdout);
  std::fputs(("pare: " + line + "\n").c_str(), stderr);
}

// A log gets a line now and then, so that it can be told from one that hangs.
bool ProgressLine::is_due() {
  if (verbosity_ == Verbosity::Quiet) return false;
  constexpr double kTerminal = 0.1, kLog = 60;  // seconds
  return (terminal_ && !drawn_) || seconds_between(drawn_at_, Clock::now()) >= (terminal_ ? kTerminal : kLog);
}

void ProgressLine::draw(const std::vector<LinePart>& parts) {
  if (!terminal_) return say(fitted_line(parts, std::numeric_limits<int>::max()));
  // Without wrapping: only the last row of a line on several would be drawn over the next time.
  std::fputs(("\r\033[K\033[?7l" + fitted_line(parts, columns_of_terminal() - 1) + "\033[?7h").c_str(),
             stdout);
  std::fflush(stdout);
  drawn_ = true;
  drawn_at_ = Clock::now();
}

void ProgressLine::part_of(const std::string& name, int64_t steps) {
  part_ = name;
  steps_all_ = steps;
}

void ProgressLine::step(const Position& position, const TrainingState& state, const Task& task) {
  if (steps_done_ == 0) started_ = Clock::now();
  ++steps_done_;
  if (!is_due()) return;
  // Validation and all else between the steps is in the time that a step takes.
  const double elapsed = seconds_between(started_, Clock::now());
  constexpr double kTooShort = 0.5;  // seconds, to tell anything of the speed
  const double rate = elapsed > kTooShort ? static_cast<double>(steps_done_) / elapsed : 0;
  const int64_t to_come = steps_all_ > 0 ? steps_all_ - steps_done_ : position.total - position.step;
  const auto images = static_cast<double>(std::max<int64_t>(state.images, 1));
  const int64_t of_epoch = position.step % position.steps_per_epoch;
  const double batch = of_epoch == 0 ? 0 : images / static_cast<double>(of_epoch);
  const bool counts_epochs = position.total >= position.steps_per_epoch;
  std::vector<LinePart> parts{
      {0, rate > 0 ? as_duration(static_cast<double>(std::max<int64_t>(to_come, 0)) / rate) + " left" : ""},
      {4, part_},
      {0, counts_epochs
              ? format("epoch %.2f/%.0f",
                       static_cast<double>(position.step) / static_cast<double>(position.steps_per_epoch),
                       static_cast<double>(position.total) / static_cast<double>(position.steps_per_epoch))
              : text("step ", position.step, "/", position.total)},
      {1, task.said(state.metric_sum / images)},
      {2, format("loss %.3f", state.task_loss_sum / images)},
      {3, rate > 0 ? format("%.0f images/s", rate * batch) : ""}};
  if (last_.bytes > 0) {
    parts.push_back({5, with_thousands(last_.bytes) + " bytes"});
    parts.push_back({6, format("%.2f bits/weight", last_.mean_bits)});
    parts.push_back({7, "channels " + last_.channels});
  }
  draw(parts);
}

void ProgressLine::epoch(const EpochSummary& news, const Position& position) {
  last_ = news;
  const int64_t per_epoch = position.steps_per_epoch, epochs = (position.total + per_epoch - 1) / per_epoch;
  const bool counts_epochs = position.total >= per_epoch;
  const std::vector<LinePart> parts{
      {0, counts_epochs ? format("epoch %3d/%d", static_cast<int>(news.epoch), static_cast<int>(epochs))
                        : text("step ", position.step, "/", position.total)},
      {3, format("loss %.4f", news.loss)},
      {1, news.result},
      {4, format("%.3f bits/weight", news.mean_bits)},
      {7, "channels " + news.channels},
      {2, with_thousands(news.bytes) + " bytes"},
      {5, format("%.1f s", news.seconds)},
      {6, format("%.0f images/s", news.images_per_second)}};
  say(fitted_line(parts, terminal_ ? columns_of_terminal() : std::numeric_limits<int>::max()));
}

Watcher ProgressLine::watch(const std::string& what) {
  show(what);
  return [this, what](int64_t done, int64_t all) {
    if (is_due())
      draw({{0, format("%s %3.0f %%", what.c_str(),
                       100 * static_cast<double>(done) / static_cast<double>(all))}});
  };
}

void ProgressLine::show(const std::string& what) {
  if (terminal_ && verbosity_ != Verbosity::Quiet) draw({{0, what}});
}

}  // namespace pare
