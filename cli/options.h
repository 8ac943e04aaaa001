// Command-line options that several sub-commands have.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace pare {

// --set path.to.key=VALUE, as often as wanted. `help` says what is changed and shows an example.
void add_overrides(CLI::App& sub, std::vector<std::string>& overrides, const std::string& help);
// --threads N; `otherwise` is what counts without it.
void add_threads(CLI::App& sub, int& threads, const std::string& otherwise);
// --data-dir DIR
void add_data_directory(CLI::App& sub, std::string& directory);

}  // namespace pare
