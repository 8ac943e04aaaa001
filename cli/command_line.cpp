#include "cli/command_line.h"

#include <CLI/CLI.hpp>

#include "cli/help.h"
#include "train/metrics/terminal.h"
#include "train/run/run_directory.h"

namespace pare {
namespace {

CLI::Option* add_path(CLI::App& command, const std::string& names, std::string& path,
                      const std::string& help) {
  return command.add_option(names, path, help)
      ->type_name("PATH")
      ->check(CLI::Validator(
          [](const std::string& given) { return given.empty() ? std::string("is empty") : std::string(); },
          ""));
}

// "{onnx,web}"
std::string in_braces(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "{" : ",") + word;
  return all + "}";
}

}  // namespace

void CommandLine::argument(const std::string& name, std::string& value, const std::string& help) {
  command_.add_option(name, value, help)->required()->type_name("");
}

void CommandLine::arguments(const std::string& name, std::vector<std::string>& values,
                            const std::string& help) {
  command_.add_option(name, values, help)->required()->type_name("");
}

void CommandLine::model(const std::string& name, std::string& value, const std::string& help) {
  argument(name, value, help);
  command_.get_option(name)->transform(CLI::Validator(
      [](std::string& path) {
        path = RunDirectory::model_at(path);
        return std::string();
      },
      ""));
}

void CommandLine::argument(const std::string& name, std::string& value, const std::vector<std::string>& words,
                           const std::string& help) {
  command_.add_option(name, value, help)->required()->type_name(in_braces(words));
}

void CommandLine::text(const std::string& names, std::string& value, const std::string& help) {
  command_.add_option(names, value, help);
}

void CommandLine::texts(const std::string& names, std::vector<std::string>& values, int count,
                        const std::string& help) {
  command_.add_option(names, values, help)->expected(count);
}

void CommandLine::choice(const std::string& names, std::string& value, const std::vector<std::string>& words,
                         const std::string& help) {
  command_.add_option(names, value, help)->type_name(in_braces(words))->capture_default_str();
}

void CommandLine::integer(const std::string& names, int& value, int least, int most,
                          const std::string& help) {
  command_.add_option(names, value, help)->type_name("N")->check(CLI::Range(least, most).description(""));
}

void CommandLine::number(const std::string& names, double& value, double least, double most,
                         const std::string& help) {
  command_.add_option(names, value, help)->type_name("X")->check(CLI::Range(least, most).description(""));
}

void CommandLine::flag(const std::string& names, bool& value, const std::string& help) {
  command_.add_flag(names, value, help);
}

void CommandLine::path(const std::string& names, std::string& value, const std::string& help) {
  add_path(command_, names, value, help);
}

void CommandLine::required_path(const std::string& names, std::string& value, const std::string& help) {
  add_path(command_, names, value, help)->required();
}

void CommandLine::overrides(std::vector<std::string>& values, const std::string& help) {
  command_.add_option("--set", values, help)->type_name("KEY=VALUE")->take_all()->allow_extra_args(false);
}

void CommandLine::threads(int& value, const std::string& otherwise) {
  integer("--threads", value, 1, 4096, "threads to work with (default: " + otherwise + ")");
}

void CommandLine::data_directory(std::string& value) {
  path("--data-dir", value, "where the data sets are (default: $PARE_DATA, data/, the system's)");
}

void CommandLine::exclude(const std::string& name, const std::string& other) {
  command_.get_option(name)->excludes(command_.get_option(other));
}

Program::Program(CLI::App& app) : app_(app) {
  app.formatter_fn([](const CLI::App* program, std::string, CLI::AppFormatMode) {
    return help_of(command_tree(*program), columns_of_terminal());
  });
}

CommandLine Program::command(const std::string& name, const std::string& description,
                             const std::string& examples) {
  CLI::App* const command = app_.add_subcommand(name, description);
  command->footer("Examples:\n" + examples);
  command->formatter_fn([](const CLI::App* app, std::string, CLI::AppFormatMode) {
    return help_of(command_text(*app), columns_of_terminal());
  });
  return CommandLine(*command);
}

}  // namespace pare
