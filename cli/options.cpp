#include "cli/options.h"

#include <CLI/CLI.hpp>

namespace pare {

void add_overrides(CLI::App& sub, std::vector<std::string>& overrides, const std::string& help) {
  sub.add_option("--set", overrides, help)->take_all()->allow_extra_args(false);
}

void add_threads(CLI::App& sub, int& threads, const std::string& otherwise) {
  sub.add_option("--threads", threads, "threads to work with (default: " + otherwise + ")")
      ->check(CLI::Range(1, 4096));
}

CLI::Option* add_path(CLI::App& sub, const std::string& names, std::string& path, const std::string& help) {
  return sub.add_option(names, path, help)->check([](const std::string& given) {
    return given.empty() ? std::string("is empty") : std::string();
  });
}

void add_data_directory(CLI::App& sub, std::string& directory) {
  add_path(sub, "--data-dir", directory,
           "where the data sets are (default: $PARE_DATA, data/, the system's)");
}

}  // namespace pare
