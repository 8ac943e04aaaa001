#include "framework/config/override.h"

#include <doctest/doctest.h>

#include "tests/support/example_config.h"

using namespace pare;

namespace {

std::string after(const std::string& config, std::string_view assignment) {
  Json json = parse_json(config, "run.json");
  apply_override(json, assignment);
  return dump_line(json);
}

}  // namespace

TEST_CASE("override: a value is JSON or a bare word") {
  CHECK(after("{}", "epochs=3") == R"({"epochs":3})");
  CHECK(after("{}", "precision=bf16") == R"({"precision":"bf16"})");
  CHECK(after("{}", "epochs=500it") == R"({"epochs":"500it"})");
  CHECK(after("{}", "a=-1e-3") == R"({"a":-0.001})");
  CHECK(after("{}", "a=null") == R"({"a":null})");
  CHECK(after("{}", "a=\"3\"") == R"({"a":"3"})");
  CHECK(after("{}", "a=[1,{\"b\":true}]") == R"({"a":[1,{"b":true}]})");
  CHECK(after("{}", "a=") == R"({"a":""})");
  CHECK(after("{}", "a=x=y") == R"({"a":"x=y"})");
  CHECK(after("{}", "a={name}_{class}") == R"({"a":"{name}_{class}"})");  // no object begins like that
  CHECK(after("{}", "a={ }") == R"({"a":{}})");
}

TEST_CASE("override: the path walks through objects and lists and makes what is missing") {
  CHECK(after(R"({"a": {"b": 1, "c": 2}})", "a.b=3") == R"({"a":{"b":3,"c":2}})");
  CHECK(after(R"({"a": null})", "a.b.c=3") == R"({"a":{"b":{"c":3}}})");
  CHECK(after("null", "data.batch=64") == R"({"data":{"batch":64}})");
  const char* const network = R"({"network":[{"channels":1},{"body":[{"channels":2}]}]})";
  CHECK(after(network, "network.0.channels=8") ==
        R"({"network":[{"channels":8},{"body":[{"channels":2}]}]})");
  CHECK(after(network, "network[0].channels=8") == after(network, "network.0.channels=8"));
  CHECK(after(network, "network[1].body[0].channels=9") ==
        R"({"network":[{"channels":1},{"body":[{"channels":9}]}]})");
  CHECK(after(network, "network[1]=null") == R"({"network":[{"channels":1},null]})");
}

TEST_CASE("override: what cannot be done is said") {
  const char* const config = R"({"epochs": 20, "network": [{}, {}]})";
  const std::pair<const char*, const char*> cases[] = {
      {"foo", "--set foo: expected path.to.key=VALUE"},
      {"=1", "--set =1: the path '' has an empty step; write a.b=1 or a[0].b=1"},
      {"a..b=1", "--set a..b=1: the path 'a..b' has an empty step; write a.b=1 or a[0].b=1"},
      {"epochs.x=1", "--set epochs.x=1: 'epochs' is number 20, it has no member 'x'"},
      {"network.2.a=1",
       "--set network.2.a=1: 'network' is a list of 2, expected an index below that, got '2'"},
      {"network.-1=1",
       "--set network.-1=1: 'network' is a list of 2, expected an index below that, got '-1'"},
      {"network.first=1",
       "--set network.first=1: 'network' is a list of 2, expected an index below that, got 'first'"},
      {"network[0]a=1", "--set network[0]a=1: expected a dot after the ']'"},
      {"epochs]=1", "--set epochs]=1: the path 'epochs]' has a ']' too many; write a.b=1 or a[0].b=1"},
      {"network[0.a=1", "--set network[0.a=1: the path 'network[0.a' lacks a ']'; write a.b=1 or a[0].b=1"},
      {"network[[0]=1",
       "--set network[[0]=1: the path 'network[[0]' has a '[' too many; write a.b=1 or a[0].b=1"}};
  for (const auto& [assignment, message] : cases) CHECK_THROWS_WITH(after(config, assignment), message);
  CHECK_THROWS_WITH(after(config, "name=a\xff"), "--set \"name=a\xEF\xBF\xBD\": not UTF-8");
  try {
    after(config, "a={\"b\":}");
    FAIL("took broken JSON as a word");
  } catch (const Error& error) {
    CHECK(error.failure() == Failure::Usage);
    CHECK(std::string(error.what()).starts_with("--set a={\"b\":}: value:1:6: "));
  }
}

TEST_CASE("override: a key nobody knows is caught by the reader") {
  Json json = parse_json(example::kShortest, "run.json");
  apply_override(json, "optimizer.name=sgd");
  apply_override(json, "optimizer.lrr=1");
  CHECK_THROWS_WITH(
      read_config<example::RunConfig>(json, "run.json"),
      R"(run.json: unknown key 'optimizer.lrr', did you mean 'lr'? known keys with name "sgd": name, lr, momentum)");
}
