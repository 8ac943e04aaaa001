// Json: a small JSON value of our own, so that the .cpp files of this folder alone pay for nlohmann's header.
//
// Objects keep the order in which keys came. A number remembers whether it was written as an integer.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "framework/base/error.h"

namespace pare {

class Json {
 public:
  enum class Kind { Null, Boolean, Integer, Number, String, Array, Object };  // in the order of value_
  using Member = std::pair<std::string, Json>;

  Json() = default;   // null
  Json(const Json&);  // copies and moves live in json.cpp: inlined, they are large
  Json(Json&&) noexcept;
  Json& operator=(const Json&);
  Json& operator=(Json&&) noexcept;
  ~Json();
  Json(bool value) : value_(value) {}
  Json(double value) : value_(value) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(std::string value) : value_(std::move(value)) {}
  template <std::integral T>
  Json(T value) : value_(static_cast<int64_t>(value)) {
    check(std::in_range<int64_t>(value), "json: ", value, " does not fit a signed 64-bit integer");
  }
  static Json array(std::vector<Json> items = {});       // Json::array({1, 2.5, "three"})
  static Json object(std::vector<Member> members = {});  // Json::object({{"a", 1}, {"b", true}})

  Kind kind() const { return static_cast<Kind>(value_.index()); }
  bool is_null() const { return kind() == Kind::Null; }
  bool is_boolean() const { return kind() == Kind::Boolean; }
  bool is_integer() const { return kind() == Kind::Integer; }
  bool is_number() const { return is_integer() || kind() == Kind::Number; }
  bool is_string() const { return kind() == Kind::String; }
  bool is_array() const { return kind() == Kind::Array; }
  bool is_object() const { return kind() == Kind::Object; }

  // The value, which must be of that kind (Failure::Internal otherwise: ask first, and blame the file).
  bool boolean() const;
  int64_t integer() const;
  double number() const;  // of an integer, too
  const std::string& string() const;
  const std::vector<Json>& items() const;
  std::vector<Json>& items();
  const std::vector<Member>& members() const;
  std::vector<Member>& members();

  // The member of an object, or nullptr. Looks through the members one by one.
  const Json* find(std::string_view key) const;
  Json* find(std::string_view key);
  // Replaces the member, or appends it. Returns the member's value.
  Json& set(std::string_view key, Json value);
  // Appends to an array.
  void push(Json value);

  friend bool operator==(const Json& a, const Json& b);

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<Json>, std::vector<Member>>
      value_;
};

// What a JSON text says. Comments (// and /* */) are allowed. Duplicate keys, numbers too large for a double
// and nesting deeper than 64 are errors, as is everything JSON does not know (NaN, trailing commas). Errors
// read `file:line:column: what is wrong`.
Json parse_json(std::string_view text, const std::string& file_name, Failure failure = Failure::Usage);

// Text for people: one member a line, except lists of plain values and short objects of plain values.
// Reading it back gives an equal value; NaN and infinity, which JSON has no words for, become null.
std::string dump(const Json& json);
// The same on one line without any spaces.
std::string dump_line(const Json& json);
// The same in which no HTML can be hidden: "<" only occurs in strings, where it may be written as an escape.
std::string dump_for_script(const Json& json);

// The fewest digits that read back as the same double: "0.1", "1e-08", "3".
std::string shortest(double value);

// What an error message says was found: `string "x"`, `number 3.5`, `an array of 2`.
std::string summary(const Json& json);

}  // namespace pare
