#include "cli/help.h"
#include "train/metrics/terminal.h"

#include <algorithm>

namespace pare {
namespace {

constexpr int kWidest = 100;  // longer lines are hard to read

std::string heading(const OptionText& option) {
  std::string out;
  for (const std::string& name : option.names) out += (out.empty() ? "" : ", ") + name;
  if (!option.positional && !option.value.empty()) out += " " + option.value;
  return out + (option.repeats ? " ..." : "");
}

// A name and, in a column of its own, what it is.
std::string row(const std::string& name, const std::string& description, int columns) {
  const int column = std::min(24, columns / 3);
  std::string out = "  " + name;
  if (static_cast<int>(out.size()) + 2 > column) out += "\n";
  const size_t line = out.size() - (out.find('\n') == std::string::npos ? 0 : out.size());
  out.append(static_cast<size_t>(column) - line, ' ');
  return out + wrapped(description, column, columns) + "\n";
}

std::string rows(const CommandText& command, bool positional, int columns) {
  std::string out;
  for (const OptionText& option : command.options)
    if (option.positional == positional) out += row(heading(option), option.description, columns);
  return out;
}

std::string examples(const CommandText& command) {
  return command.examples.empty() ? "" : "\nExamples:\n" + command.examples + "\n";
}

}  // namespace

std::string help_of(const CommandText& command, int columns) {
  columns = std::min(columns, kWidest);
  std::string out =
      wrapped(command.description, 0, columns) + "\n\nUsage: pare " + command.name + " [OPTIONS]";
  for (const OptionText& option : command.options)
    if (option.positional) out += " " + heading(option);
  out += "\n";
  if (const std::string values = rows(command, true, columns); !values.empty()) out += "\n" + values;
  return out + "\nOptions:\n" + rows(command, false, columns) + examples(command);
}

std::string help_of(const CommandTree& tree, int columns) {
  columns = std::min(columns, kWidest);
  std::string out =
      wrapped(tree.program.description, 0, columns) + "\n\nUsage: pare COMMAND [OPTIONS]\n\nCommands:\n";
  for (const CommandText& command : tree.commands) out += row(command.name, command.description, columns);
  return out + "\nOptions:\n" + rows(tree.program, false, columns) + examples(tree.program) +
         "\nMore about a command: pare COMMAND --help\n";
}

}  // namespace pare
