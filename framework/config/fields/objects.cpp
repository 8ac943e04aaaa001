#include "framework/config/fields/objects.h"

#include <algorithm>
#include <vector>

#include "framework/config/suggest.h"

namespace pare {
namespace {

class KeyCollector final : public Fields {
 public:
  explicit KeyCollector(std::string_view extra_key) {
    if (!extra_key.empty()) keys_.emplace_back(extra_key);
  }
  const std::vector<std::string>& keys() const { return keys_; }

  void field(const Key& key, Value&) override {
    check(std::ranges::find(keys_, key.name) == keys_.end(), "config: two fields are called ", key.name);
    keys_.emplace_back(key.name);
  }

 private:
  std::vector<std::string> keys_;
};

class Reader final : public Fields {
 public:
  Reader(const Json& object, const Place& place) : object_(object), place_(place) {}

  void field(const Key& key, Value& value) override {
    if (const Json* json = object_.find(key.name))
      value.read(*json, place_.key(key.name));
    else if (key.need == Need::Required)
      place_.fail_key("missing required key", key.name, ", expected ", value.expectation());
  }

  void not_both(const std::string& a, const std::string& b) override {
    const auto has = [&](const std::string& key) {
      const Json* const json = object_.find(key);
      return json != nullptr && !json->is_null();
    };
    if (has(a) && has(b)) place_.fail("it has both ", a, " and ", b, "; give only one of them");
  }

 private:
  const Json& object_;
  const Place& place_;
};

bool is_empty(const Json& json) {
  return json.is_null() || (json.is_string() && json.string().empty()) ||
         (json.is_array() && json.items().empty());
}

class Writer final : public Fields {
 public:
  Json take() { return std::move(object_); }

  void field(const Key& key, Value& value) override {
    Json json = value.write();
    if (key.need == Need::IfAny && is_empty(json)) return;
    object_.set(key.name, std::move(json));
  }

 private:
  Json object_ = Json::object();
};

class SchemaWriter final : public Fields {
 public:
  explicit SchemaWriter(Definitions& definitions) : definitions_(definitions) {}

  void tag(const Tag& tag) {
    properties_.set(tag.key, Json::object({{"const", tag.word}}));
    required_.push(tag.key);
  }

  void field(const Key& key, Value& value) override {
    Json schema = value.schema(definitions_);
    // Draft-07 ignores whatever stands beside a $ref, so the reference moves one level down.
    if (schema.find("$ref") != nullptr) schema = Json::object({{"anyOf", Json::array({std::move(schema)})}});
    schema.set("description", key.help);
    if (key.need == Need::Required)
      required_.push(key.name);
    else
      schema.set("default", value.write());
    properties_.set(key.name, std::move(schema));
  }

  void not_both(const std::string& a, const std::string& b) override {
    not_ = Json::object({{"required", Json::array({a, b})}});
  }

  Json take() {
    Json schema = Json::object({{"type", "object"}, {"properties", std::move(properties_)}});
    if (!required_.items().empty()) schema.set("required", std::move(required_));
    if (!not_.is_null()) schema.set("not", std::move(not_));
    schema.set("additionalProperties", false);
    return schema;
  }

 private:
  Definitions& definitions_;
  Json properties_ = Json::object();
  Json required_ = Json::array();
  Json not_;
};

// Who changes the kind of a section by --set leaves the former kind's keys in it.
std::string to_begin_anew(const Place& place, std::string_view extra_key, const Json* kind) {
  if (kind == nullptr || place.path().find('[') != std::string::npos) return "";
  return text("; to begin the section anew: --set '", place.path(), "={\"", extra_key,
              "\": ", dump_line(*kind), "}'");
}

}  // namespace

// Pass 1 finds unknown keys: a typo explains a missing key better than its absence does.
// Pass 2 reads.
void read_object(const Json& json, const Describe& describe, const Place& place, std::string_view extra_key) {
  if (!json.is_object()) place.expected("an object", json);
  KeyCollector known(extra_key);
  describe(known);
  const Json* const kind = extra_key.empty() ? nullptr : json.find(extra_key);
  const std::string keys = kind == nullptr ? "keys" : text("keys with ", extra_key, ' ', dump_line(*kind));
  for (const auto& [key, value] : json.members())
    if (std::ranges::find(known.keys(), key) == known.keys().end()) {
      const std::string meant = did_you_mean(key, known.keys(), keys);
      place.fail_key(
          "unknown key", key, meant,
          meant.find("did you mean") != std::string::npos ? "" : to_begin_anew(place, extra_key, kind));
    }
  Reader reader(json, place);
  describe(reader);
}

Json write_object(const Describe& describe) {
  Writer writer;
  describe(writer);
  return writer.take();
}

Json object_schema(const Describe& describe, Definitions& definitions) {
  SchemaWriter writer(definitions);
  describe(writer);
  return writer.take();
}

Json object_schema(const Describe& describe, Definitions& definitions, const Tag& tag) {
  SchemaWriter writer(definitions);
  writer.tag(tag);
  describe(writer);
  return writer.take();
}

}  // namespace pare
