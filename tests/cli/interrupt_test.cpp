// The first signal asks, the second one ends the program, whichever of the two they are.
#include "cli/interrupt.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace pare;

TEST_CASE("interrupt: a second signal ends the program at once, also when it is another one") {
  const int first[] = {SIGINT, SIGTERM, SIGINT, SIGHUP}, second[] = {SIGTERM, SIGINT, SIGINT, SIGHUP};
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {  // what is asked for stays asked for in a process
      std::signal(SIGHUP, SIG_DFL);
      catch_signals();
      kill(getpid(), first[i]);
      for (int wait = 0; !stop_requested(); ++wait) {
        if (wait == 10'000) _exit(1);
        usleep(1000);
      }
      kill(getpid(), second[i]);
      sleep(10);
      _exit(2);
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    CHECK(WTERMSIG(status) == second[i]);
  }
}

TEST_CASE("interrupt: what nohup has ignored stays ignored") {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGHUP, SIG_IGN);
    catch_signals();
    kill(getpid(), SIGHUP);
    usleep(50'000);
    _exit(stop_requested() ? 1 : 0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}
