// The three visitors of fields: an object of the config is read, written and described by its fields.
#pragma once

#include <string>
#include <string_view>

#include "framework/config/fields/fields.h"
#include "framework/config/place.h"

namespace pare {

// Reads every field `describe` names from the object `json`. Any other key is an error, except `extra_key`,
// which the caller understands.
void read_object(const Json& json, const Describe& describe, const Place& place,
                 std::string_view extra_key = {});

// Every field with the value it has now.
Json write_object(const Describe& describe);

// A key that always holds the same word: {"layer", "conv2d"}.
struct Tag {
  const char* key;
  const char* word;
};

// {"type": "object", "properties": ..., "required": ..., "additionalProperties": false}
Json object_schema(const Describe& describe, Definitions& definitions);
Json object_schema(const Describe& describe, Definitions& definitions, const Tag& tag);

}  // namespace pare
