// pare completion SHELL: what bash and zsh need to complete the commands, options and choices of the command
// line.
#include <cstdio>
#include <memory>

#include "cli/command_line.h"
#include "cli/command_tree.h"
#include "cli/commands/commands.h"
#include "framework/base/error.h"

namespace pare {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::vector<std::string> option_names(const CommandText& command) {
  std::vector<std::string> names;
  for (const OptionText& option : command.options)
    if (!option.positional) names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::string bash(const CommandTree& tree) {
  std::vector<std::string> first = option_names(tree.program);
  for (const CommandText& command : tree.commands) first.push_back(command.name);
  std::string out =
      "# bash completion for pare\n"
      "_pare() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} words=\n"
      "  if ((COMP_CWORD == 1)); then\n"
      "    words='" +
      joined(first) +
      "'\n"
      "  else\n"
      "    case ${COMP_WORDS[1]}:$before:$word in\n";
  for (const CommandText& command : tree.commands) {
    for (const OptionText& option : command.options)
      if (const std::vector<std::string> choices = option.choices(); !choices.empty()) {
        if (option.positional)
          out += "      " + command.name + ":" + command.name + ":*) words='" + joined(choices) + "' ;;\n";
        else
          for (const std::string& name : option.names)
            out += "      " + command.name + ":" + name + ":*) words='" + joined(choices) + "' ;;\n";
      }
    out += "      " + command.name + ":*:-*) words='" + joined(option_names(command)) + "' ;;\n";
  }
  // Without words of ours, -o default completes the names of files.
  return out +
         "    esac\n"
         "  fi\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
         "}\n"
         "complete -o default -F _pare pare\n";
}

// Inside single quotes and an _arguments specification (zshcompsys(1)).
std::string zsh_text(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c == '\'' ? std::string("'\\''") : std::string(1, c == '\n' ? ' ' : c);
  }
  return out;
}

std::string zsh_option(const OptionText& option, const std::string& name) {
  const std::vector<std::string> choices = option.choices();
  const std::string values = choices.empty() ? "_files" : "(" + joined(choices) + ")";
  if (option.positional) return (option.repeats ? "'*:" : "':") + zsh_text(name) + ":" + values + "'";
  std::string out =
      std::string("'") + (option.repeats ? "*" : "") + name + "[" + zsh_text(option.description) + "]";
  if (!option.value.empty()) out += ":value:" + values;
  return out + "'";
}

std::string zsh(const CommandTree& tree) {
  std::string out =
      "#compdef pare\n"
      "_pare() {\n"
      "  local -a commands=(\n";
  for (const CommandText& command : tree.commands)
    out += "    '" + command.name + ":" + zsh_text(command.description) + "'\n";
  out +=
      "  )\n"
      "  if ((CURRENT == 2)); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  ((CURRENT--))\n"
      "  case $command in\n";
  for (const CommandText& command : tree.commands) {
    out += "    " + command.name + ")\n      _arguments";
    for (const OptionText& option : command.options)
      for (const std::string& name : option.names) out += " \\\n        " + zsh_option(option, name);
    out += "\n      ;;\n";
  }
  return out +
         "  esac\n"
         "}\n"
         "if [[ $funcstack[1] == _pare ]]; then _pare \"$@\"; else compdef _pare pare; fi\n";
}

}  // namespace

Command add_completion(Program& program) {
  const auto shell = std::make_shared<std::string>();
  CommandLine line =
      program.command("completion", "Print what a shell needs to complete commands and options",
                      "  pare completion bash > ~/.local/share/bash-completion/completions/pare\n"
                      "  pare completion zsh > ~/.zfunc/_pare");
  line.argument("SHELL", *shell, {"bash", "zsh"}, "bash or zsh");
  return [&program, shell] {
    require(*shell == "bash" || *shell == "zsh", Failure::Usage, "no completion for '", *shell,
            "'; expected bash or zsh");
    const CommandTree tree = program.tree();
    std::printf("%s", (*shell == "bash" ? bash(tree) : zsh(tree)).c_str());
    return 0;
  };
}

}  // namespace pare
