// The schema is checked by a validator of our own: what the reader takes the schema takes, and the other way
// round.
#include <doctest/doctest.h>
#include <regex.h>

#include <algorithm>
#include <cmath>

#include "tests/support/example_config.h"

using namespace pare;
using namespace example;

namespace {

bool has_type(const Json& json, const std::string& type) {
  if (type == "integer") return json.is_number() && json.number() == std::trunc(json.number());
  if (type == "number") return json.is_number();
  if (type == "string") return json.is_string();
  if (type == "boolean") return json.is_boolean();
  if (type == "null") return json.is_null();
  if (type == "array") return json.is_array();
  REQUIRE(type == "object");
  return json.is_object();
}

// By POSIX: std::regex trips g++ 12's warnings under the sanitizers.
bool matches(const std::string& words, const std::string& pattern) {
  regex_t expression;
  REQUIRE(regcomp(&expression, pattern.c_str(), REG_EXTENDED | REG_NOSUB) == 0);
  const bool found = regexec(&expression, words.c_str(), 0, nullptr, 0) == 0;
  regfree(&expression);
  return found;
}

// The part of draft-07 our schemas use; a keyword it does not know fails the test.
bool valid(const Json& json, const Json& schema, const Json& root) {
  const auto fits = [&](const Json& option) { return valid(json, option, root); };
  bool ok = true;
  for (const auto& [keyword, value] : schema.members()) {
    if (keyword == "$ref") {
      const std::string prefix = "#/definitions/";
      REQUIRE(value.string().starts_with(prefix));
      const Json* target = root.find("definitions")->find(value.string().substr(prefix.size()));
      REQUIRE(target != nullptr);
      REQUIRE(schema.members().size() == 1);  // draft-07 ignores what stands beside a reference
      ok = ok && fits(*target);
    } else if (keyword == "type") {
      ok = ok && has_type(json, value.string());
    } else if (keyword == "const") {
      ok = ok && json == value;
    } else if (keyword == "enum") {
      ok = ok && std::ranges::count(value.items(), json) == 1;
    } else if (keyword == "minimum") {
      ok = ok && (!json.is_number() || json.number() >= value.number());
    } else if (keyword == "maximum") {
      ok = ok && (!json.is_number() || json.number() <= value.number());
    } else if (keyword == "exclusiveMinimum") {
      ok = ok && (!json.is_number() || json.number() > value.number());
    } else if (keyword == "exclusiveMaximum") {
      ok = ok && (!json.is_number() || json.number() < value.number());
    } else if (keyword == "pattern") {
      ok = ok && (!json.is_string() || matches(json.string(), value.string()));
    } else if (keyword == "items") {
      if (!json.is_array()) continue;
      for (const Json& item : json.items()) ok = ok && valid(item, value, root);
    } else if (keyword == "required") {
      if (!json.is_object()) continue;
      for (const Json& key : value.items()) ok = ok && json.find(key.string()) != nullptr;
    } else if (keyword == "properties") {
      if (!json.is_object()) continue;
      for (const auto& [key, member] : json.members())
        if (const Json* property = value.find(key)) ok = ok && valid(member, *property, root);
    } else if (keyword == "additionalProperties") {
      REQUIRE(value == Json(false));
      if (!json.is_object()) continue;
      for (const auto& [key, member] : json.members()) ok = ok && schema.find("properties")->find(key);
    } else if (keyword == "oneOf") {
      ok = ok && std::ranges::count_if(value.items(), fits) == 1;
    } else if (keyword == "not") {
      ok = ok && !fits(value);
    } else if (keyword == "anyOf") {
      ok = ok && std::ranges::any_of(value.items(), fits);
    } else {
      CAPTURE(keyword);
      REQUIRE((keyword == "$schema" || keyword == "title" || keyword == "description" ||
               keyword == "default" || keyword == "definitions"));
    }
  }
  return ok;
}

}  // namespace

TEST_CASE("config schema: it accepts what the reader accepts, before and after resolving") {
  const Json schema = parse_json(dump(config_schema<RunConfig>("run")), "schema.json");
  for (const char* words : {kShortest, kLong}) {
    CHECK(valid(parse_json(words, "run.json"), schema, schema));
    RunConfig config = read(words);
    CHECK(valid(write_config(config), schema, schema));
  }
}

TEST_CASE("config schema: it rejects what the reader rejects") {
  const Json schema = config_schema<RunConfig>("run");
  const char* const members[] = {
      R"("sed": 3)",
      R"("seed": "x")",
      R"("seed": -1)",
      R"("seed": 1.5)",
      R"("augment": null)",
      R"("order": "up")",
      R"("precision": "f16")",
      R"("epochs": 0)",
      R"("epochs": "12")",
      R"("milestones": ["1.5it"])",
      R"("levels": [-1])",
      R"("ignored": [1])",
      R"("target": 1)",
      R"("target": {"bytes": 0})",
      R"("optimizer": null)",
      R"("optimizer": {"lr": 1})",
      R"("optimizer": {"name": "lion"})",
      R"("optimizer": {"name": "adam", "momentum": 0.5})",
      R"("optimizer": {"name": "sgd", "momentum": 1})",
      R"("compress": {})",
      R"("network": {})",
      R"("network": [{"layer": "conv2d"}])",
      R"("network": [{"layer": "residual", "body": [{"layer": "conv2d", "channels": 0}]}])"};
  for (const std::string member : members) {
    const std::string words = R"({"data": {"name": "mnist"}, )" + member + "}";
    CAPTURE(words);
    CHECK_THROWS_AS(read(words), Error);
    CHECK_FALSE(valid(parse_json(words, "run.json"), schema, schema));
  }
  CHECK_FALSE(valid(Json::object(), schema, schema));
}

TEST_CASE("config schema: help, defaults and ranges are the fields' own") {
  const Json schema = config_schema<RunConfig>("run");
  const Json& properties = *schema.find("properties");
  CHECK(dump_line(*properties.find("seed")) ==
        R"({"type":"integer","minimum":0,"description":"of everything random","default":1})");
  CHECK(dump_line(*properties.find("optimizer")) ==
        R"({"anyOf":[{"$ref":"#/definitions/optimizer"}],"description":"what moves the weights",)"
        R"("default":{"name":"adam","lr":0.001}})");
  CHECK(dump_line(*properties.find("data")->find("required")) == R"(["name"])");
  CHECK(schema.find("definitions")->members().size() == 3);
  const Json& sgd = schema.find("definitions")->find("optimizer")->find("oneOf")->items()[0];
  CHECK(sgd.find("description")->string() == "gradient descent");
  CHECK(
      dump_line(*sgd.find("properties")->find("momentum")) ==
      R"({"type":"number","minimum":0,"exclusiveMaximum":1,"description":"share of the last step kept","default":0.9})");
}

TEST_CASE("config: one line per field drives reader, errors, resolved config and schema") {
  struct OneField {
    double rate = 0.5;
    void describe(Fields& fields) { fields.number("rate", rate, Range::at_least(0).below(1), "how fast"); }
  };
  const auto read_one = [](const char* words) {
    return read_config<OneField>(parse_json(words, "one.json"), "one.json");
  };
  OneField config = read_one(R"({"rate": 0.25})");
  CHECK(config.rate == 0.25);
  CHECK_THROWS_WITH(read_one(R"({"rat": 1})"),
                    "one.json: unknown key 'rat', did you mean 'rate'? known keys: $schema, rate");
  CHECK_THROWS_WITH(read_one(R"({"rate": 1})"), "one.json: rate: expected a number in [0, 1), got number 1");
  CHECK(dump_line(write_config(config)) == R"({"rate":0.25})");
  CHECK(dump_line(*config_schema<OneField>("one").find("properties")->find("rate")) ==
        R"({"type":"number","minimum":0,"exclusiveMaximum":1,"description":"how fast","default":0.5})");
}
