#include "cli/command_tree.h"

#include <CLI/CLI.hpp>

#include <sstream>

namespace pare {
namespace {

constexpr std::string_view kExamples = "Examples:\n";

OptionText option_text(const CLI::Option& option) {
  OptionText text;
  text.positional = option.get_positional();
  if (text.positional) {
    text.names = {option.get_name(true, false)};
  } else {
    for (const std::string& name : option.get_snames()) text.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) text.names.push_back("--" + name);
  }
  // CLI11 appends what a value is checked by: "INT:INT in [1 - 4096]".
  if (option.get_items_expected_max() > 0) {
    const std::string type = option.get_type_name();
    const size_t colon = type.find(':');
    text.value =
        colon == std::string::npos || type[colon + 1] != '{' ? type.substr(0, colon) : type.substr(colon + 1);
  }
  text.description = option.get_description();
  text.repeats = option.get_items_expected_max() > 1;
  return text;
}

}  // namespace

CommandText command_text(const CLI::App& app) {
  CommandText text{app.get_name(), app.get_description(), app.get_footer(), {}};
  if (const size_t at = text.description.find(kExamples); at != std::string::npos) {
    text.examples = text.description.substr(at);
    text.description.resize(text.description.find_last_not_of('\n', at - 1) + 1);
  }
  if (text.examples.starts_with(kExamples)) text.examples.erase(0, kExamples.size());
  for (const CLI::Option* option : app.get_options()) text.options.push_back(option_text(*option));
  return text;
}

std::vector<std::string> OptionText::choices() const {
  if (!value.starts_with('{') || !value.ends_with('}')) return {};
  std::vector<std::string> choices;
  std::istringstream list(value.substr(1, value.size() - 2));
  for (std::string choice; std::getline(list, choice, ',');) choices.push_back(choice);
  return choices;
}

CommandTree command_tree(const CLI::App& app) {
  CommandTree tree{command_text(app), {}};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    tree.commands.push_back(command_text(*command));
  return tree;
}

}  // namespace pare
