// pare schema
#include <memory>

#include "cli/command_line.h"
#include "cli/commands/commands.h"
#include "cli/commands/schema_markdown.h"
#include "framework/config/config.h"
#include "train/lottery/lottery_config.h"

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

Json any_config_schema() {
  Json schema = config_schema<AnyConfig>("Config of pare");
  Json& properties = *schema.find("properties");
  // Resolved before the fields are read (config_file.h). What is required may then stand in the other file.
  properties.set("extends",
                 Json::object({{"type", "string"},
                               {"description",
                                "another config, by its path from this file's folder: its keys hold, but "
                                "for `name` and those that stand here"}}));
  Json required = std::move(*schema.find("required"));
  std::erase_if(schema.members(), [](const Json::Member& member) { return member.first == "required"; });
  schema.set("anyOf", Json::array({Json::object({{"required", std::move(required)}}),
                                   Json::object({{"required", Json::array({"extends"})}})}));
  // Its keys are paths, which no field can name.
  properties.set("sweep", Json::object({{"type", "object"},
                                        {"additionalProperties", Json::object({{"type", "array"}})},
                                        {"description",
                                         "lists of values for settings named by their paths, for pare sweep: "
                                         "{\"optimizer.lr\": [0.1, 0.2]}"}}));
  return schema;
}

}  // namespace

Command add_schema(Program& program) {
  const auto markdown = std::make_shared<bool>(false);
  CommandLine line =
      program.command("schema", "Print the JSON Schema of the config, for editors and validators",
                      "  pare schema > pare.schema.json");
  line.flag("--markdown", *markdown, "the same as a page for people, which is docs/config.md");
  return [markdown] {
    const Json schema = any_config_schema();
    std::printf("%s", (*markdown ? schema_markdown(schema) : dump(schema) + "\n").c_str());
    return 0;
  };
}

}  // namespace pare
