// The pare program run by a test, as a user would run it.
#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace pare {

inline std::string contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

struct Result {
  int exit_code = -1;  // 128 + the signal that ended it
  std::string out, err;
};

// How long a file may become before the system has no more: a write beyond that fails like one to a full
// disk, or ends the program on the spot.
struct DiskSpace {
  enum class Beyond { Fails, Kills };
  rlim_t bytes = RLIM_INFINITY;
  Beyond beyond = Beyond::Fails;
};

// A run of the program under way; its working directory and its output are in `directory`.
class Program {
 public:
  Program(const std::string& directory, const std::vector<std::string>& arguments,
          const DiskSpace& space = {})
      : directory_(directory) {
    std::vector<char*> argv{const_cast<char*>(PARE_BINARY)};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const std::string out = directory + "/.out", err = directory + "/.err";
    process_ = fork();
    REQUIRE(process_ >= 0);
    if (process_ > 0) return;
    dup2(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
    dup2(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
    unsetenv("PARE_DATA");  // tests bring their own data
    const rlimit file_size{space.bytes, RLIM_INFINITY}, no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    if (space.bytes != RLIM_INFINITY) setrlimit(RLIMIT_FSIZE, &file_size);
    std::signal(SIGXFSZ, space.beyond == DiskSpace::Beyond::Fails ? SIG_IGN : SIG_DFL);
    if (chdir(directory.c_str()) == 0) execv(PARE_BINARY, argv.data());
    _exit(127);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (process_ > 0) {
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
    }
  }

  // Sends a signal as soon as `file` has `lines` lines. Fails the test when that takes a minute.
  void signal_at(const std::string& file, int lines, int signal) {
    for (int millisecond = 0; millisecond < 60'000; ++millisecond) {
      const std::string text = contents(file);
      if (std::count(text.begin(), text.end(), '\n') >= lines) {
        send(signal);
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    FAIL(file, " did not come to ", lines, " lines");
  }

  void send(int signal) { kill(process_, signal); }

  Result wait() {
    int status = 0;
    waitpid(process_, &status, 0);
    process_ = -1;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), contents(directory_ + "/.out"),
            contents(directory_ + "/.err")};
  }

 private:
  std::string directory_;
  pid_t process_ = -1;
};

inline Result run_program(const std::string& directory, const std::vector<std::string>& arguments,
                          const DiskSpace& space = {}) {
  return Program(directory, arguments, space).wait();
}

}  // namespace pare
