// From a config file to a struct and back. T is any struct with `void describe(Fields&)` (see fields.h).
#pragma once

#include <string>

#include "framework/config/fields/fields.h"
#include "framework/json/json.h"

namespace pare {

void read_config(const Json& json, const Describe& describe, const std::string& file_name, Failure failure);
Json config_schema(const Describe& describe, const std::string& title);
Json write_object(const Describe& describe);

// A fresh T with what `json` says. Unknown keys, wrong types and values out of range are errors that name the
// file and the path: `config.json: network[2].kernel: expected an integer in [1, inf), got 0`. The key
// "$schema", by which editors find the schema, is skipped.
template <class T>
T read_config(const Json& json, const std::string& file_name, Failure failure = Failure::Usage) {
  T config;
  read_config(
      json, [&config](Fields& fields) { config.describe(fields); }, file_name, failure);
  return config;
}

// The resolved config: every field, defaults included. Reading it gives the same config.
template <class T>
Json write_config(const T& config) {
  T copy = config;  // `describe` also serves reading, so it is not const
  return write_object([&copy](Fields& fields) { copy.describe(fields); });
}

// The members of an object that are missing or different in another one.
Json differences(const Json& object, const Json& from);

// A resolved config as this program resolves it: fields that it did not have yet get their defaults.
template <class T>
Json resolve_again(const Json& resolved, const std::string& file_name) {
  return write_config(read_config<T>(resolved, file_name, Failure::Data));
}

// The JSON Schema (draft-07) of the files read_config<T> accepts, with defaults and help.
template <class T>
Json config_schema(const std::string& title) {
  T config;
  return config_schema([&config](Fields& fields) { config.describe(fields); }, title);
}

}  // namespace pare
