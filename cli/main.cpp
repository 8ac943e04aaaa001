// pare: the program. Picks the sub-command and turns errors into one line on stderr and an exit code.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "cli/unknown_option.h"
#include "cli/version.h"
#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/tensor/buffer_pool.h"

namespace {

int report(const pare::Error& error) {
  std::fprintf(stderr, "pare: %s\n", error.what());
  return static_cast<int>(error.failure());
}

// The arguments as CLI11 reads them, the last one first. `pare help train` is `pare train --help`, and `pare`
// alone asks for help.
std::vector<std::string> as_options(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.empty()) arguments = {"help"};
  if (arguments.front() == "help") {
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
  }
  return {arguments.rbegin(), arguments.rend()};
}

int run(int argc, char** argv) {
  CLI::App app(
      "Trains neural networks that pare themselves down while they learn.\n\n"
      "Examples:\n"
      "  pare train configs/quickstart.json\n"
      "  pare eval runs/quickstart/model.pare\n"
      "  pare inspect runs/quickstart/model.pare\n"
      "  pare report runs/quickstart runs/quickstart-2\n"
      "  pare bench configs/bench/lenet5.json");
  app.name("pare");
  app.require_subcommand(1);
  app.set_version_flag("--version", pare::program_version);
  pare::Program program(app);
  std::vector<std::pair<CLI::App*, pare::Command>> commands;
  std::vector<std::string> names;
  for (const auto add :
       {pare::add_train, pare::add_eval, pare::add_predict, pare::add_data, pare::add_inspect,
        pare::add_report, pare::add_lottery, pare::add_sweep, pare::add_bench, pare::add_export,
        pare::add_quantise, pare::add_schema, pare::add_manual, pare::add_completion}) {
    pare::Command command = add(program);
    commands.emplace_back(app.get_subcommands({}).back(), std::move(command));
    names.push_back(commands.back().first->get_name());
  }
  std::vector<std::string> arguments = as_options(argc, argv);
  if (const std::string& first = arguments.back();
      !first.starts_with('-') && std::ranges::find(names, first) == names.end())
    pare::fail(pare::Failure::Usage, "unknown command '", first, "'",
               pare::did_you_mean(first, names, "commands"));
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    const CLI::App& command = app.get_subcommands().empty() ? app : *app.get_subcommands().back();
    if (const std::vector<std::string> unused = command.remaining(); !unused.empty())
      pare::fail(pare::Failure::Usage, pare::about_unknown(unused, pare::command_text(command)),
                 "; see pare ", &command == &app ? "" : command.get_name() + " ", "--help");
    pare::fail(pare::Failure::Usage, error.what(), "; see pare ",
               &command == &app ? "" : command.get_name() + " ", "--help");
  }
  for (auto& [sub, command] : commands)
    if (sub->parsed()) return command();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  pare::keep_memory_in_malloc();
  try {
    const int code = run(argc, argv);
    if (code == 0 && (std::fflush(stdout) != 0 || std::ferror(stdout) != 0))
      return report({pare::Failure::Data, "the standard output cannot be written"});
    return code;
  } catch (const pare::Error& error) {
    return report(error);
  } catch (const std::bad_alloc&) {
    return report({pare::Failure::Data, "out of memory; try a smaller batch or network"});
  } catch (const std::filesystem::filesystem_error& error) {
    return report({pare::Failure::Data, error.path1().string() + ": " + error.code().message()});
  } catch (const std::exception& error) {
    return report({pare::Failure::Internal, error.what()});
  }
}
