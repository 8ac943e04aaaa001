// The way out: JSON values as text. Strings are nlohmann's; numbers and the layout are ours.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/json/json.h"

namespace pare {
namespace {

constexpr size_t kLineWidth = 100;  // a short object stays on its line up to here
constexpr int kIndent = 2;

// A quoted JSON string. Broken UTF-8 becomes U+FFFD, so what we write can always be read.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string plain(const Json& json) {
  switch (json.kind()) {
    case Json::Kind::Boolean:
      return json.boolean() ? "true" : "false";
    case Json::Kind::Integer:
      return std::to_string(json.integer());
    case Json::Kind::String:
      return quoted(json.string());
    case Json::Kind::Number: {
      if (!std::isfinite(json.number())) return "null";
      const std::string digits = shortest(json.number());
      return digits.find_first_of(".e") == std::string::npos ? digits + ".0" : digits;  // stays a Number
    }
    default:
      return "null";
  }
}

bool is_plain(const Json& json) { return !json.is_array() && !json.is_object(); }

bool holds_only_plain(const Json& json) {
  if (json.is_array()) return std::ranges::all_of(json.items(), is_plain);
  return std::ranges::all_of(json.members(), is_plain, &Json::Member::second);
}

// On one line; `space` follows each comma and colon.
std::string line(const Json& json, const char* space) {
  if (is_plain(json)) return plain(json);
  std::string out;
  const auto separate = [&] {
    if (!out.empty()) out.append(",").append(space);
  };
  if (json.is_array()) {
    for (const Json& item : json.items()) {
      separate();
      out += line(item, space);
    }
    return '[' + out + ']';
  }
  for (const auto& [key, value] : json.members()) {
    separate();
    out.append(quoted(key)).append(":").append(space).append(line(value, space));
  }
  return '{' + out + '}';
}

// `used`: columns already taken on this line.
std::string block(const Json& json, int depth, size_t used) {
  if (is_plain(json)) return plain(json);
  if (holds_only_plain(json)) {
    std::string short_form = line(json, " ");
    const bool empty = short_form.size() == 2;
    if (json.is_array() || empty || (depth > 0 && used + short_form.size() <= kLineWidth)) return short_form;
  }
  const std::string margin(static_cast<size_t>(kIndent * (depth + 1)), ' ');
  std::string out;
  const auto separate = [&] { out.append(out.empty() ? "\n" : ",\n").append(margin); };
  if (json.is_array()) {
    for (const Json& item : json.items()) {
      separate();
      out += block(item, depth + 1, margin.size());
    }
  } else {
    for (const auto& [key, value] : json.members()) {
      separate();
      const std::string label = quoted(key) + ": ";
      out += label + block(value, depth + 1, margin.size() + label.size());
    }
  }
  out += '\n' + std::string(static_cast<size_t>(kIndent * depth), ' ');
  return json.is_array() ? '[' + out + ']' : '{' + out + '}';
}

}  // namespace

std::string dump(const Json& json) { return block(json, 0, 0); }

std::string dump_line(const Json& json) { return line(json, ""); }

std::string dump_for_script(const Json& json) {
  std::string safe;
  for (const char c : dump_line(json))
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  return safe;
}

std::string shortest(double value) {
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

std::string summary(const Json& json) {
  switch (json.kind()) {
    case Json::Kind::Null:
      return "null";
    case Json::Kind::Boolean:
      return "boolean " + plain(json);
    case Json::Kind::Integer:
    case Json::Kind::Number:
      return "number " + plain(json);
    case Json::Kind::Array:
      return text("an array of ", json.items().size());
    case Json::Kind::Object:
      return "an object";
    case Json::Kind::String:
      break;
  }
  const std::string& words = json.string();
  return "string " + (words.size() <= 60 ? quoted(words) : quoted(words.substr(0, 57)) + "...");
}

}  // namespace pare
