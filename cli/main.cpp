// pare: the program. Picks the sub-command and turns errors into one line on stderr and an exit code.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>
#include <vector>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "cli/version.h"
#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/tensor/buffer_pool.h"

namespace {

int report(const pare::Error& error) {
  std::fprintf(stderr, "pare: %s\n", error.what());
  return static_cast<int>(error.failure());
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
  for (const auto add : {pare::add_train, pare::add_eval, pare::add_predict, pare::add_inspect,
                         pare::add_report, pare::add_lottery, pare::add_sweep, pare::add_bench,
                         pare::add_export, pare::add_schema, pare::add_manual, pare::add_completion}) {
    pare::Command command = add(program);
    commands.emplace_back(app.get_subcommands({}).back(), std::move(command));
    names.push_back(commands.back().first->get_name());
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const std::string first = argc > 1 ? argv[1] : "";
    const bool wrong =
        !first.empty() && first[0] != '-' && std::find(names.begin(), names.end(), first) == names.end();
    if (error.get_exit_code() == 0 && !wrong) return app.exit(error);  // --help, --version
    if (app.get_subcommands().empty() && !first.empty() && first[0] != '-')
      pare::fail(pare::Failure::Usage, "unknown command '", first, "'",
                 pare::did_you_mean(first, names, "commands"));
    std::fprintf(stderr, "pare: %s; see pare --help\n", error.what());
    return static_cast<int>(pare::Failure::Usage);
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
