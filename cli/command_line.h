// CommandLine: what a command takes, declared option by option. Only the file behind it, command_tree.cpp and
// main.cpp know CLI11, whose header takes longer to compile than a command does.
#pragma once

#include <string>
#include <vector>

#include "cli/command_tree.h"

namespace CLI {
class App;
}

namespace pare {

// Each option sets a variable, which must outlive the parsing and holds the default. A wrong value is an
// error of the command line that names the option. `names` are such as "--out" or "-o,--out".
class CommandLine {
 public:
  explicit CommandLine(CLI::App& command) : command_(command) {}

  // A value without a name, such as CONFIG, which has to be given; `arguments`: one or more.
  void argument(const std::string& name, std::string& value, const std::string& help);
  void arguments(const std::string& name, std::vector<std::string>& values, const std::string& help);
  // A model to read: model.pare, a checkpoint, or a run's directory, which stands for the model in it.
  void model(const std::string& name, std::string& value, const std::string& help);
  // One of a few words, for the shell to complete; the command itself says what is wrong with another.
  void argument(const std::string& name, std::string& value, const std::vector<std::string>& words,
                const std::string& help);

  void text(const std::string& names, std::string& value, const std::string& help);
  void texts(const std::string& names, std::vector<std::string>& values, int count, const std::string& help);
  void choice(const std::string& names, std::string& value, const std::vector<std::string>& words,
              const std::string& help);
  void integer(const std::string& names, int& value, int least, int most, const std::string& help);
  void number(const std::string& names, double& value, double least, double most, const std::string& help);
  void flag(const std::string& names, bool& value, const std::string& help);
  // A path that is given is not empty: a script's unset variable shall not count as "not given".
  void path(const std::string& names, std::string& value, const std::string& help);
  void required_path(const std::string& names, std::string& value, const std::string& help);

  // --set path.to.key=VALUE, as often as wanted. `help` says what is changed and shows an example.
  void overrides(std::vector<std::string>& values, const std::string& help);
  // --threads N; `otherwise` is what counts without it.
  void threads(int& value, const std::string& otherwise);
  // --data-dir DIR
  void data_directory(std::string& value);

  // The two cannot be given together.
  void exclude(const std::string& name, const std::string& other);

 private:
  CLI::App& command_;
};

// The program's commands.
class Program {
 public:
  explicit Program(CLI::App& app);

  // `examples`: command lines, one a line; what stands behind an empty line is shown as it is.
  CommandLine command(const std::string& name, const std::string& description, const std::string& examples);
  CommandTree tree() const { return command_tree(app_); }

 private:
  CLI::App& app_;
};

}  // namespace pare
