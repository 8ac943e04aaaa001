#include "train/config/config_file.h"

#include <filesystem>

#include "framework/base/error.h"
#include "framework/config/override.h"
#include "framework/files/file.h"

namespace pare {
namespace {

namespace fs = std::filesystem;

constexpr int kLongestChain = 8;  // files that extend each other would never end

Json read_json(const std::string& path) {
  std::string source;
  try {
    source = read_text_file(path, kLargestConfig);
  } catch (const Error& error) {
    fail(Failure::Usage, error.what());  // a config that is not there is a mistake on the command line
  }
  return parse_json(source, path);
}

ConfigFile read_chain(const std::string& path, int length) {
  require(length <= kLongestChain, Failure::Usage, path, ": extends: more than ", kLongestChain,
          " configs extend one another; does one extend itself?");
  Json json = read_json(path);
  const Json* const extends = json.is_object() ? json.find("extends") : nullptr;
  if (extends == nullptr) return {std::move(json), path};
  require(extends->is_string(), Failure::Usage, path, ": extends: expected the path of a config, got ",
          summary(*extends));
  const fs::path base_path = fs::path(path).parent_path() / extends->string();
  require(fs::exists(base_path), Failure::Usage, path, ": extends: there is no ", base_path.string(),
          "; the path starts in this file's folder");
  auto [extended, base_name] = read_chain(base_path.string(), length + 1);
  require(extended.is_object(), Failure::Usage, base_path.string(), ": expected an object, got ",
          summary(extended));
  std::erase_if(extended.members(), [](const Json::Member& member) { return member.first == "name"; });
  for (auto& [key, value] : json.members())
    if (key != "extends") extended.set(key, std::move(value));
  return {std::move(extended), text(path, " (extends ", base_name, ")")};
}

}  // namespace

ConfigFile load_config(const std::string& path, const std::vector<std::string>& overrides) {
  ConfigFile file = read_chain(path, 1);
  Json& json = file.json;
  for (const std::string& assignment : overrides) {
    require(!assignment.starts_with("extends="), Failure::Usage, "--set ", assignment,
            ": a config says in its file what it extends; write one that does");
    apply_override(json, assignment);
  }
  // A config without the section that makes it another command's: --set lottery=null.
  if (json.is_object())
    std::erase_if(json.members(), [](const Json::Member& member) {
      return (member.first == "lottery" || member.first == "sweep") && member.second.is_null();
    });
  if (json.is_object() && json.find("name") == nullptr) json.set("name", fs::path(path).stem().string());
  return file;
}

}  // namespace pare
