#include "cli/interrupt.h"

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <thread>

namespace pare {
namespace {

std::atomic<bool> requested = false;

// The two signals, as a set.
sigset_t both() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM}) sigaddset(&set, number);
  return set;
}

void wait_for_signals() {
  const sigset_t set = both();
  int number = 0;
  sigwait(&set, &number);
  requested = true;
  sigwait(&set, &number);
  std::signal(number, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  raise(number);
}

}  // namespace

// A thread of their own, and no handler: that would run on the stack of whatever thread the system picks, and
// some of oneDNN's kernels (matrix products on CPUs without AVX-512) keep something else in the register that
// points to it. Threads that are made from here on do not get them either.
void catch_signals() {
  const sigset_t set = both();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread(wait_for_signals).detach();
}

bool stop_requested() { return requested; }

}  // namespace pare
