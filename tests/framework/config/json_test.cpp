#include "framework/json/json.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace pare;

namespace {

// The message of the error that reading `words` gives, "" when there is none.
std::string complaint(std::string_view words) {
  try {
    parse_json(words, "f.json");
  } catch (const Error& error) {
    CHECK(error.failure() == Failure::Usage);
    return error.what();
  }
  return "";
}

bool contains(const std::string& whole, const std::string& part) {
  CAPTURE(whole);
  return whole.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("json: every kind is read, in order, comments and all") {
  const Json json =
      parse_json("{ // why\n\"b\": [null, true, -3, 2.5, \"x\"], /* and */ \"a\": {}}", "f.json");
  REQUIRE(json.members().size() == 2);
  CHECK(json.members()[0].first == "b");
  const std::vector<Json>& items = json.find("b")->items();
  REQUIRE(items.size() == 5);
  CHECK(items[0].is_null());
  CHECK(items[1].boolean());
  CHECK(items[2].integer() == -3);
  CHECK(items[3].number() == 2.5);
  CHECK_FALSE(items[3].is_integer());
  CHECK(items[4].string() == "x");
  CHECK(json.find("a")->is_object());
  CHECK(json.find("c") == nullptr);
  CHECK(json == Json::object({{"b", Json::array({Json(), true, -3, 2.5, "x"})}, {"a", Json::object()}}));
}

TEST_CASE("json: set replaces or appends, push appends, and the wrong kind is an internal error") {
  Json json = Json::object({{"a", 1}});
  json.set("b", Json::array()).push(2);
  json.set("a", "new");
  CHECK(dump_line(json) == R"({"a":"new","b":[2]})");
  CHECK_THROWS_WITH(json.find("a")->integer(), R"(json: expected an integer, got string "new")");
  CHECK_THROWS_WITH(Json(3).push(1), "json: expected an array, got number 3");
  CHECK_THROWS_AS(Json(std::numeric_limits<uint64_t>::max()), Error);
}

TEST_CASE("json: an integer stays one, up to 64 bits, and beyond, it is a double") {
  CHECK(parse_json("9223372036854775807", "f").integer() == std::numeric_limits<int64_t>::max());
  CHECK(parse_json("-9223372036854775808", "f").integer() == std::numeric_limits<int64_t>::min());
  CHECK_FALSE(parse_json("9223372036854775808", "f").is_integer());
  CHECK(parse_json("9223372036854775808", "f").number() == 0x1p63);
  CHECK(parse_json("123456789012345678901234567890", "f").number() == 123456789012345678901234567890.0);
  CHECK_FALSE(parse_json("1.0", "f").is_integer());
  CHECK_FALSE(parse_json("1.0", "f") == parse_json("1", "f"));
}

TEST_CASE("json: doubles survive writing and reading to the bit, and stay doubles") {
  const double values[] = {0.1,  1.0,     -0.0,  1e22, 1e-8, 5e-324, std::numeric_limits<double>::max(),
                           1e15, 1.0 / 3, 0x1p63};
  for (const double value : values) {
    const Json back = parse_json(dump_line(Json(value)), "f");
    CHECK_FALSE(back.is_integer());
    CHECK(back.number() == value);
    CHECK(std::signbit(back.number()) == std::signbit(value));
  }
  CHECK(dump_line(Json(0.001)) == "0.001");
  CHECK(dump_line(Json(1.0)) == "1.0");
  CHECK(dump_line(Json::array({NAN, INFINITY})) == "[null,null]");
}

TEST_CASE("json: strings are escaped, and broken UTF-8 is replaced") {
  const std::string nasty = "\"\\/\b\n\t\x01\x1f \x7f \xc3\xa9 \xe2\x82\xac \xf0\x9f\x8d\x90";
  CHECK(parse_json(dump_line(Json(nasty)), "f").string() == nasty);
  CHECK(dump_line(Json("\n\x01")) == R"("\n\u0001")");
  CHECK(dump_line(Json("\b\f\r\x7f\xc3\xa9/")) == "\"\\b\\f\\r\x7f\xc3\xa9/\"");
  CHECK(dump_line(Json::object({{"\"\xff", 1}})) == "{\"\\\"\xEF\xBF\xBD\":1}");  // keys, too
  CHECK(parse_json(R"("\u00e9\ud83c\udf50")", "f").string() == "\xc3\xa9\xf0\x9f\x8d\x90");
  const std::string replaced = "\xEF\xBF\xBD";
  for (const char* broken : {"\x80", "\xc0", "\xff", "\xc3", "\xf4"})
    CHECK(dump_line(Json(broken)) == '"' + replaced + '"');
  CHECK(dump_line(Json("\xed\xa0\x80")) == '"' + replaced + replaced + replaced + '"');  // a surrogate
  CHECK(dump_line(Json("\xe0\x80\x80")) == '"' + replaced + replaced + replaced + '"');  // overlong
  CHECK(dump_line(Json("\xf4\x90\x80\x80x")) == '"' + replaced + replaced + replaced + replaced + "x\"");
}

TEST_CASE("json: errors name file, line and column") {
  CHECK(complaint("{\n  \"a\": nope\n}").starts_with("f.json:2:9: "));
  CHECK(complaint("{\"a\": 1,}").starts_with("f.json:1:9: "));
  CHECK(contains(complaint("[1,\n2"), "f.json:2:"));
  CHECK(contains(complaint(""), "f.json:1:1: "));
  CHECK(contains(complaint("{} x"), "expected end of input"));
  CHECK(complaint("\"\xff\"") != "");
  for (const std::string_view behind : {"", "{}", " "})
    CHECK(complaint(std::string("{}\n") + '\0' + std::string(behind)) ==
          "f.json:2:1: a zero byte, which no JSON text holds");
  for (const char* words :
       {"NaN", "Infinity", "-Infinity", "[nan]", "01", "1e999", "-1e999", "'a'", "{a:1}"}) {
    CAPTURE(words);
    CHECK(complaint(words).starts_with("f.json:1:"));
  }
  CHECK_FALSE(contains(complaint("[1"), "json.exception"));
  CHECK_THROWS_AS(parse_json("[", "model", Failure::Data), Error);
  try {
    parse_json("[", "model", Failure::Data);
  } catch (const Error& error) {
    CHECK(error.failure() == Failure::Data);
  }
}

TEST_CASE("json: a duplicate key is an error that says which") {
  CHECK(complaint("{\"a\": 1,\n \"a\": 2}") == "f.json:2:4: duplicate key 'a'; keep one of the two");
  CHECK(contains(complaint(R"({"net": [{}, {"x": {"lr": 1, "lr": 1}}]})"), "duplicate key 'net[1].x.lr'"));
  CHECK(complaint(R"({"a": {"a": {}}, "b": [{"a": 1}, {"a": 1}]})") == "");
}

TEST_CASE("json: nesting ends at 64 levels") {
  const auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '[') + std::string(static_cast<size_t>(depth), ']');
  };
  CHECK(complaint(nested(64)) == "");
  CHECK(complaint(nested(65)) == "f.json:1:65: nested deeper than 64 levels");
  CHECK(complaint(std::string(1000000, '[')) != "");
}

TEST_CASE("json: dump keeps flat lists and short objects on one line") {
  const Json json =
      Json::object({{"name", "x"},
                    {"steps", Json::array({1, 2.5, 3})},
                    {"network", Json::array({Json::object({{"layer", "relu"}}),
                                             Json::object({{"body", Json::array({Json::array()})}})})},
                    {"empty", Json::object()}});
  CHECK(dump(json) == R"({
  "name": "x",
  "steps": [1, 2.5, 3],
  "network": [
    {"layer": "relu"},
    {
      "body": [
        []
      ]
    }
  ],
  "empty": {}
})");
  CHECK(parse_json(dump(json), "f") == json);
  CHECK(parse_json(dump_line(json), "f") == json);
  const Json wide = Json::object({{"a", Json::object({{"k", std::string(100, 'x')}})}});
  CHECK(contains(dump(wide), "{\n    \"k\""));
}
