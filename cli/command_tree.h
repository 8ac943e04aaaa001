// CommandTree: what the command line takes, as data: for the man page and for the completion of shells.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace pare {

struct OptionText {
  std::vector<std::string> names;  // "-h" and "--help", or "FILE" of a positional
  std::string value;               // what stands after it: "TEXT", "INT", "{onnx,web}"; empty: a flag
  std::string description;
  bool positional = false;
  bool repeats = false;  // takes any number of values

  // The values it may have, where they are listed: of "{onnx,web}".
  std::vector<std::string> choices() const;
};

struct CommandText {
  std::string name, description;
  std::string examples;  // one a line, or empty
  std::vector<OptionText> options;
};

struct CommandTree {
  CommandText program;
  std::vector<CommandText> commands;
};

CommandText command_text(const CLI::App& command);
// `app` is the program with all of its commands.
CommandTree command_tree(const CLI::App& app);

}  // namespace pare
