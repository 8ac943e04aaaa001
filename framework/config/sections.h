// The kinds of Value that hold fields themselves: sections, and variants chosen from a table.
#pragma once

#include <string>
#include <vector>

#include "framework/config/fields/value.h"
#include "framework/config/fields/variant.h"

namespace pare {

class SectionValue final : public Value {
 public:
  // `present`: whether an optional section is there; nullptr when it always is.
  SectionValue(Describe describe, bool* present) : describe_(std::move(describe)), present_(present) {}
  std::string expectation() const override { return "an object"; }
  void read(const Json& json, const Place& place) override;
  Json write() override;
  Json schema(Definitions& definitions) override;

 private:
  Describe describe_;
  bool* present_;
};

class VariantValue final : public Value {
 public:
  enum class Null { Allowed, Forbidden };
  VariantValue(AnyVariant& value, const AnyTable& table, Null null)
      : value_(value), table_(table), null_(null) {}
  std::string expectation() const override;
  void read(const Json& json, const Place& place) override;
  Json write() override;
  Json schema(Definitions& definitions) override;

 private:
  AnyVariant& value_;
  const AnyTable& table_;
  Null null_;
};

// The schemas of tables, each written once and referred to by name, for a layer's table can hold layers
// that hold lists of layers.
class Definitions {
 public:
  // {"$ref": "#/definitions/layer"}
  Json reference(const AnyTable& table);
  const Json& json() const { return json_; }

 private:
  std::vector<const void*> known_;  // the identities of the members of json_, in the same order
  Json json_ = Json::object();
};

}  // namespace pare
