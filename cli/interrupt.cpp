#include "cli/interrupt.h"

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <thread>

namespace pare {
namespace {

std::atomic<bool> requested = false;

// A terminal that goes away sends SIGHUP; nohup has it ignored.
sigset_t stopping_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM}) sigaddset(&set, number);
  struct sigaction hangup {};
  if (sigaction(SIGHUP, nullptr, &hangup) == 0 && hangup.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);
  return set;
}

void wait_for_signals(sigset_t set) {
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
  const sigset_t set = stopping_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread(wait_for_signals, set).detach();
}

bool stop_requested() { return requested; }

}  // namespace pare
