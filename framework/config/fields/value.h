// Value: one kind of thing a config field can hold. A kind says in one small class how it is read, written
// and described; the visitors of fields (reader, writer, schema) know nothing but this.
#pragma once

#include <string>

#include "framework/json/json.h"

namespace pare {

class Place;
class Definitions;

class Value {
 public:
  virtual ~Value() = default;
  // What errors say they wanted: "a number in (0, inf)".
  virtual std::string expectation() const = 0;
  // Takes over what `json` says, or fails at `place`.
  virtual void read(const Json& json, const Place& place) = 0;
  virtual Json write() = 0;
  // JSON Schema (draft-07). Schemas that may contain themselves go to `definitions`.
  virtual Json schema(Definitions& definitions) = 0;
};

}  // namespace pare
