#include "framework/config/config.h"

#include "framework/config/fields/objects.h"
#include "framework/config/sections.h"

namespace pare {

void read_config(const Json& json, const Describe& describe, const std::string& file_name, Failure failure) {
  read_object(json, describe, Place(file_name, failure), "$schema");
}

Json differences(const Json& object, const Json& from) {
  Json rest = Json::object();
  for (const auto& [name, value] : object.members())
    if (const Json* const other = from.find(name); other == nullptr || !(value == *other))
      rest.set(name, value);
  return rest;
}

Json config_schema(const Describe& describe, const std::string& title) {
  Definitions definitions;
  Json schema = Json::object({{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}});
  Json object = object_schema(describe, definitions);
  object.find("properties")->set("$schema", Json::object({{"type", "string"}}));
  for (auto& [key, value] : object.members()) schema.set(key, std::move(value));
  if (!definitions.json().members().empty()) schema.set("definitions", definitions.json());
  return schema;
}

}  // namespace pare
