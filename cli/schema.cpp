// pare schema
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/lottery/lottery_config.h"
#include "framework/config/config.h"

namespace pare {
namespace {

// A config file may be for any command, so it holds what all of them together understand.
struct AnyConfig : RunConfig {
  std::optional<LotteryPlan> lottery;

  void describe(Fields& fields) {
    RunConfig::describe(fields);
    fields.section("lottery", lottery, "pruning and retraining in rounds, for pare lottery");
  }
};

}  // namespace

Command add_schema(CLI::App& app) {
  app.add_subcommand("schema", "Print the JSON Schema of the config, for editors and validators");
  return [] {
    std::printf("%s\n", dump(config_schema<AnyConfig>("Config of pare")).c_str());
    return 0;
  };
}

}  // namespace pare
