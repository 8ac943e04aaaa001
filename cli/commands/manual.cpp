// pare manual: the man page, from the same texts as --help.
#include <cstdio>

#include "cli/command_line.h"
#include "cli/command_tree.h"
#include "cli/commands/commands.h"

namespace pare {
namespace {

// As roff (groff_man(7)) prints it letter by letter: no command at the start of a line, and hyphens that can
// be searched for.
std::string plain(const std::string& text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    line_begins = c == '\n';
  }
  return out;
}

std::string bold(const std::string& text) { return "\\fB" + plain(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + plain(text) + "\\fR"; }

// "-o, --out TEXT", or "FILE" of a positional.
std::string heading(const OptionText& option) {
  std::string out;
  for (const std::string& name : option.names)
    out += (out.empty() ? "" : ", ") + (option.positional ? italic(name) : bold(name));
  if (!option.positional && !option.value.empty()) out += " " + italic(option.value);
  return out + (option.repeats ? " ..." : "");
}

// Every command has --help, which the synopsis need not repeat.
std::string options(const CommandText& command) {
  std::string out;
  for (const OptionText& option : command.options)
    if (option.names.front() != "-h")
      out += ".TP\n" + heading(option) + "\n" + plain(option.description) + "\n";
  return out;
}

std::string examples(const CommandText& command) {
  if (command.examples.empty()) return "";
  return ".PP\nExamples:\n.PP\n.nf\n" + plain(command.examples) + "\n.fi\n";
}

std::string synopsis(const CommandText& command) {
  std::string out = bold("pare " + command.name) + " [" + italic("OPTIONS") + "]";
  for (const OptionText& option : command.options)
    if (option.positional) out += " " + italic(option.names.front()) + (option.repeats ? " ..." : "");
  return out;
}

std::string page(const CommandTree& tree) {
  std::string out = ".TH PARE 1 \"\" \"pare " PARE_VERSION "\" \"User Commands\"\n";
  out += ".SH NAME\npare \\- trains neural networks that compress themselves\n.SH SYNOPSIS\n";
  for (const CommandText& command : tree.commands) out += synopsis(command) + "\n.br\n";
  out += ".SH DESCRIPTION\n" + plain(tree.program.description) + "\n" + examples(tree.program);
  out += ".SH OPTIONS\n" + options(tree.program) + ".SH COMMANDS\n";
  for (const CommandText& command : tree.commands)
    out += ".SS pare " + plain(command.name) + "\n" + plain(command.description) + "\n" + options(command) +
           examples(command);
  return out;
}

}  // namespace

Command add_manual(Program& program) {
  program.command("manual", "Print the man page", "  pare manual | man -l -");
  return [&program] {
    std::printf("%s", page(program.tree()).c_str());
    return 0;
  };
}

}  // namespace pare
