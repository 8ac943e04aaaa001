// Command-line options that several sub-commands have.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace pare {

// --set path.to.key=VALUE, as often as wanted. `help` says what is changed and shows an example.
void add_overrides(CLI::App& sub, std::vector<std::string>& overrides, const std::string& help);
// --threads N; `otherwise` is what counts without it.
void add_threads(CLI::App& sub, int& threads, const std::string& otherwise);
// A path that is given is not empty: a script's unset variable shall not count as "not given".
CLI::Option* add_path(CLI::App& sub, const std::string& names, std::string& path, const std::string& help);
// --data-dir DIR
void add_data_directory(CLI::App& sub, std::string& directory);

}  // namespace pare
