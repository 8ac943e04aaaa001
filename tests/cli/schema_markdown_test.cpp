// docs/config.md is what `pare schema --markdown` prints.
#include "tests/support/program.h"

#include "framework/json/json.h"

using namespace pare;

TEST_CASE("docs: the config reference is the one that the fields make") {
  const std::string directory = std::filesystem::temp_directory_path().string();
  const Result page = run_program(directory, {"schema", "--markdown"});
  REQUIRE(page.exit_code == 0);
  CHECK_MESSAGE(page.out == contents(PARE_SOURCE_DIR "/docs/config.md"),
                "make it again: pare schema --markdown > docs/config.md");
  const Result schema = run_program(directory, {"schema"});
  const Json json = parse_json(schema.out, "schema");
  const Json& properties = *json.find("properties");
  for (const char* key : {"network", "lottery", "sweep"}) CHECK(properties.find(key) != nullptr);
}
