// pare schema
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/run_config.h"
#include "framework/config/config.h"

namespace pare {

Command add_schema(CLI::App& app) {
  app.add_subcommand("schema", "Print the JSON Schema of the config, for editors and validators");
  return [] {
    std::printf("%s\n", dump(config_schema<RunConfig>("Config of pare train")).c_str());
    return 0;
  };
}

}  // namespace pare
