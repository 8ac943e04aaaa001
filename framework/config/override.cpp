#include "framework/config/override.h"

#include <charconv>
#include <string>
#include <vector>

namespace pare {
namespace {

// Whether what begins with a brace may be an object, and is not a pattern such as {class}_{speaker}.
bool may_be_object(std::string_view words) {
  const size_t next = words.find_first_not_of(" \t\n", 1);
  return next == std::string_view::npos || words[next] == '"' || words[next] == '}';
}

// What starts like JSON must be JSON; anything else may be a bare word.
Json value_of(std::string_view words, const std::string& blame) {
  try {
    return parse_json(words, "value");
  } catch (const Error& error) {
    const bool meant_as_json =
        !words.empty() && (words[0] == '{' ? may_be_object(words) : words[0] == '[' || words[0] == '"');
    require(!meant_as_json, Failure::Usage, blame, error.what());
    return words;
  }
}

Json& item_of(Json& list, const std::string& step, const std::string& where, const std::string& blame) {
  size_t index = 0;
  const char* const end = step.data() + step.size();
  const auto [stop, problem] = std::from_chars(step.data(), end, index);
  const size_t count = list.items().size();
  require(problem == std::errc() && stop == end && index < count, Failure::Usage, blame, "'", where,
          "' is a list of ", count, ", expected an index below that, got '", step, "'");
  return list.items()[index];
}

}  // namespace

std::vector<std::string> steps_of(std::string_view path, const std::string& blame) {
  std::vector<std::string> steps(1);
  bool in_brackets = false;
  for (size_t i = 0; i < path.size(); ++i) {
    const bool opens = path[i] == '[', closes = path[i] == ']';
    require(in_brackets ? !opens : !closes, Failure::Usage, blame, "the path '", path, "' has a '", path[i],
            "' too many; write a.b=1 or a[0].b=1");
    if (opens || closes) in_brackets = opens;
    if (opens || (path[i] == '.' && !in_brackets))
      steps.emplace_back();
    else if (!closes)
      steps.back() += path[i];
    else
      require(i + 1 == path.size() || path[i + 1] == '.' || path[i + 1] == '[', Failure::Usage, blame,
              "expected a dot after the ']'");
  }
  require(!in_brackets, Failure::Usage, blame, "the path '", path, "' lacks a ']'; write a.b=1 or a[0].b=1");
  for (const std::string& step : steps)
    require(!step.empty(), Failure::Usage, blame, "the path '", path,
            "' has an empty step; write a.b=1 or a[0].b=1");
  return steps;
}

void apply_override(Json& config, std::string_view assignment) {
  const std::string quoted = dump_line(Json(assignment));
  require(parse_json(quoted, "").string() == assignment, Failure::Usage, "--set ", quoted, ": not UTF-8");
  const std::string blame = text("--set ", assignment, ": ");
  const size_t equals = assignment.find('=');
  require(equals != std::string_view::npos, Failure::Usage, blame, "expected path.to.key=VALUE");
  set_at(config, assignment.substr(0, equals), value_of(assignment.substr(equals + 1), blame), blame);
}

void set_at(Json& config, std::string_view path, const Json& value, const std::string& blame) {
  Json* here = &config;
  std::string where = "the config";
  for (const std::string& step : steps_of(path, blame)) {
    if (here->is_null()) *here = Json::object();
    if (here->is_array()) {
      here = &item_of(*here, step, where, blame);
    } else {
      require(here->is_object(), Failure::Usage, blame, "'", where, "' is ", summary(*here),
              ", it has no member '", step, "'");
      Json* member = here->find(step);
      here = member != nullptr ? member : &here->set(step, Json());
    }
    where = step;
  }
  *here = value;
}

}  // namespace pare
