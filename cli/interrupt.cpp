#include "cli/interrupt.h"

#include <csignal>
#include <initializer_list>

namespace pare {
namespace {

volatile std::sig_atomic_t requested = 0;

}  // namespace

void catch_signals() {
  for (const int number : {SIGINT, SIGTERM})
    std::signal(number, [](int caught) {
      requested = 1;
      std::signal(caught, SIG_DFL);
    });
}

bool stop_requested() { return requested != 0; }

}  // namespace pare
