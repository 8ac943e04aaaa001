#include "cli/interrupt.h"

#include <csignal>

namespace pare {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM};
volatile std::sig_atomic_t requested = 0;

void on_signal(int) {
  requested = 1;
  for (const int number : kSignals) std::signal(number, SIG_DFL);
}

}  // namespace

void catch_signals() {
  for (const int number : kSignals) std::signal(number, on_signal);
}

bool stop_requested() { return requested != 0; }

}  // namespace pare
