#include "framework/config/sections.h"

#include <algorithm>

#include "framework/config/fields/objects.h"
#include "framework/config/place.h"
#include "framework/config/suggest.h"

namespace pare {
namespace {

std::string plural(const std::string& noun) { return noun + (noun.ends_with('s') ? "es" : "s"); }

std::vector<std::string> names(const AnyTable& table) {
  std::vector<std::string> names;
  for (const AnyChoice& row : table.rows) names.emplace_back(row.name);
  return names;
}

Describe fields_of(Described& config) {
  return [&config](Fields& fields) { config.describe(fields); };
}

Json null_or(Json schema) {
  return Json::object({{"anyOf", Json::array({Json::object({{"type", "null"}}), std::move(schema)})}});
}

}  // namespace

void SectionValue::read(const Json& json, const Place& place) {
  if (present_ != nullptr) {
    *present_ = !json.is_null();
    if (json.is_null()) return;
  }
  read_object(json, describe_, place);
}

Json SectionValue::write() { return present_ == nullptr || *present_ ? write_object(describe_) : Json(); }

Json SectionValue::schema(Definitions& definitions) {
  Json schema = object_schema(describe_, definitions);
  return present_ == nullptr ? schema : null_or(std::move(schema));
}

std::string VariantValue::expectation() const {
  return text(null_ == Null::Allowed ? "null or " : "", "an object with the key '", table_.tag, "'");
}

void VariantValue::read(const Json& json, const Place& place) {
  if (null_ == Null::Allowed && json.is_null()) {
    value_.clear();
    return;
  }
  // "optimizer": "sgd"
  if (json.is_string() && std::ranges::count(names(table_), json.string()) > 0)
    place.fail("expected ", expectation(), ", got ", summary(json), "; write {\"", table_.tag, "\": \"",
               json.string(), "\"}, or on the command line --set SECTION.", table_.tag, "=", json.string());
  if (!json.is_object()) place.expected(expectation(), json);
  const Json* kind = json.find(table_.tag);
  if (kind == nullptr)
    place.fail_key("missing required key", table_.tag, ", one of: ", comma_list(names(table_)));
  const Place kind_place = place.key(table_.tag);
  if (!kind->is_string()) kind_place.expected("one of: " + comma_list(names(table_)), *kind);
  for (size_t row = 0; row < table_.rows.size(); ++row) {
    if (table_.rows[row].name != kind->string()) continue;
    value_.choose(row);
    read_object(json, fields_of(*value_.config()), place, table_.tag);
    return;
  }
  kind_place.fail("unknown ", table_.noun, " '", kind->string(), '\'',
                  did_you_mean(kind->string(), names(table_), plural(table_.noun)));
}

Json VariantValue::write() {
  if (value_.config() == nullptr) return {};
  Json json = Json::object({{table_.tag, value_.kind()}});
  Json fields = write_object(fields_of(*value_.config()));
  for (auto& [key, field] : fields.members()) json.set(key, std::move(field));
  return json;
}

Json VariantValue::schema(Definitions& definitions) {
  Json reference = definitions.reference(table_);
  return null_ == Null::Allowed ? null_or(std::move(reference)) : reference;
}

Json Definitions::reference(const AnyTable& table) {
  Json reference = Json::object({{"$ref", text("#/definitions/", table.noun)}});
  for (size_t i = 0; i < known_.size(); ++i) {
    if (known_[i] == table.identity) return reference;
    check(json_.members()[i].first != table.noun, "two tables of the config are called ", table.noun);
  }
  known_.push_back(table.identity);
  json_.set(table.noun, Json());  // holds the place: a row's own fields may refer to the table

  Json rows = Json::array();
  for (const AnyChoice& row : table.rows) {
    const std::unique_ptr<Described> config = row.make();
    Json schema = Json::object({{"title", row.name}, {"description", row.help}});
    Json object = object_schema(fields_of(*config), *this, {table.tag, row.name});
    for (auto& [key, value] : object.members()) schema.set(key, std::move(value));
    rows.push(std::move(schema));
  }
  json_.set(table.noun, Json::object({{"oneOf", std::move(rows)}}));
  return reference;
}

}  // namespace pare
