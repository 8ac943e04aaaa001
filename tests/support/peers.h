// Other programs run by a test; the scripts are in tests/peers/, `./pare test --peers` installs what they
// need.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace pare {

inline std::string quoted(const std::string& text) { return "'" + text + "'"; }

// Runs a command and shows what it said; the test ends when it fails.
inline void run_command(const std::string& command, const std::filesystem::path& folder) {
  const std::filesystem::path log = folder / "log.txt";
  const int status = std::system((command + " >" + quoted(log.string()) + " 2>&1").c_str());
  std::ifstream in(log);
  const std::string said(std::istreambuf_iterator<char>(in), {});
  REQUIRE_MESSAGE(status == 0, command << "\n" << said);
  if (!said.empty()) MESSAGE(said);
}

// Debian's modules belong to Debian's Python, whatever else is on the PATH.
inline void run_python(const std::string& script, const std::string& arguments,
                       const std::filesystem::path& folder) {
  run_command("PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 " +
                  quoted(std::string(PARE_SOURCE_DIR) + "/tests/peers/" + script) + " " + arguments,
              folder);
}

}  // namespace pare
