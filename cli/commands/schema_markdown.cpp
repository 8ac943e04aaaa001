#include "cli/commands/schema_markdown.h"

#include <algorithm>

namespace pare {
namespace {

std::string word(const Json& schema, const char* key) {
  const Json* const value = schema.find(key);
  return value == nullptr ? "" : value->string();
}

// In a cell, a bar would end it.
std::string in_cell(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += c == '|' ? "\\|" : std::string(1, c);
  return safe;
}

std::string code(const std::string& text) { return "`" + in_cell(text) + "`"; }

// "#/definitions/layer" -> "layer"
std::string referred(const Json& reference) {
  const std::string& path = reference.string();
  return path.substr(path.find_last_of('/') + 1);
}

// " ≥ 1", " in [0, 1)"
std::string range(const Json& schema) {
  const Json *low = schema.find("minimum"), *above = schema.find("exclusiveMinimum");
  const Json *high = schema.find("maximum"), *below = schema.find("exclusiveMaximum");
  if (above != nullptr) low = nullptr;
  const bool has_low = low != nullptr || above != nullptr, has_high = high != nullptr || below != nullptr;
  const auto number = [](const Json* a, const Json* b) { return shortest((a != nullptr ? a : b)->number()); };
  if (has_low && has_high)
    return text(" in ", low != nullptr ? "[" : "(", number(low, above), ", ", number(high, below),
                high != nullptr ? "]" : ")");
  if (has_low) return text(low != nullptr ? " ≥ " : " > ", number(low, above));
  if (has_high) return text(high != nullptr ? " ≤ " : " < ", number(high, below));
  return "";
}

bool is_null(const Json& schema) { return word(schema, "type") == "null"; }

// The object an optional section may hold, or each item of a list of sections, or the schema itself.
const Json& content(const Json& schema) {
  if (const Json* const items = schema.find("items");
      items != nullptr && items->find("properties") != nullptr)
    return *items;
  const Json* const options = schema.find("anyOf");
  if (options == nullptr) return schema;
  for (const Json& option : options->items())
    if (option.find("properties") != nullptr) return option;
  return schema;
}

// What a field may hold, in words.
std::string values(const Json& schema) {
  if (const Json* const reference = schema.find("$ref"))
    return "[" + referred(*reference) + "](#" + referred(*reference) + ")";
  if (const Json* const words = schema.find("enum")) {
    std::string list;
    for (const Json& one : words->items()) list += (list.empty() ? "" : ", ") + code(one.string());
    return list;
  }
  if (const Json* const options = schema.find("anyOf")) {
    const auto& items = options->items();
    if (items.size() == 2 && items[1].find("pattern") != nullptr) return "length" + range(items[0]);
    std::string list;
    for (const Json& option : items)
      if (!is_null(option)) list += (list.empty() ? "" : " or ") + values(option);
    return list + (std::any_of(items.begin(), items.end(), is_null) ? ", or null" : "");
  }
  const std::string type = word(schema, "type");
  if (type == "array") return "list: " + values(*schema.find("items"));
  if (type == "boolean") return "`true`, `false`";
  if (type == "string") return "text";
  if (type == "object") return schema.find("properties") != nullptr ? "section, see below" : "section";
  return type + range(schema);
}

std::string default_of(const Json& schema) {
  const Json* value = schema.find("default");
  if (value == nullptr) return "";
  if (value->is_object() && !value->members().empty()) value = &value->members().front().second;  // its kind
  if (value->is_null()) return "none";
  if (value->is_number()) return code(shortest(value->number()));
  const std::string words = value->is_string() ? value->string() : dump_line(*value);
  return words.empty() ? "" : code(words);
}

// By the object itself, or by the first of its alternatives.
bool is_required(const Json& object, const std::string& key) {
  if (const Json* const required = object.find("required"))
    return std::count(required->items().begin(), required->items().end(), Json(key)) > 0;
  const Json* const alternatives = object.find("anyOf");
  return alternatives != nullptr && is_required(alternatives->items().front(), key);
}

// The table of an object's fields, and below it those of the sections in it.
std::string fields(const Json& object, const std::string& path, const std::string& heading) {
  std::string rows, sections;
  for (const auto& [key, schema] : object.find("properties")->members()) {
    if (key == "$schema" || schema.find("const") != nullptr) continue;
    const std::string name = path.empty() ? key : path + "." + key;
    const bool section = content(schema).find("properties") != nullptr;
    rows += "| " + code(key) + " | " + values(schema) + " | " +
            (is_required(object, key) ? "required"
             : section                ? ""
                                      : default_of(schema)) +
            " | " + in_cell(word(schema, "description")) + " |\n";
    if (section) sections += "\n" + heading + " " + name + "\n\n" + fields(content(schema), name, heading);
  }
  if (rows.empty()) return "Nothing to set.\n";
  return "| key | value | default | meaning |\n|---|---|---|---|\n" + rows + sections;
}

}  // namespace

std::string schema_markdown(const Json& schema) {
  std::string page =
      "# Config reference\n\n"
      "Made by `pare schema --markdown` from the fields themselves; a test keeps this page equal to what it "
      "prints.\n"
      "`pare schema` prints the same as JSON Schema, which editors complete and check by.\n\n"
      "A config is one JSON object. Comments are allowed; unknown and duplicate keys are errors. A *length* "
      "is a number of\n"
      "epochs (`20`, `0.5`, `\"20ep\"`) or of iterations (`\"500it\"`). Each key but `extends` can be "
      "changed on the "
      "command line by its path:\n"
      "`--set optimizer.lr=0.01 --set network.0.channels=8`.\n\n"
      "## The run\n\n" +
      fields(schema, "", "##");
  for (const auto& [noun, table] : schema.find("definitions")->members()) {
    page += "\n## " + noun + "\n";
    for (const Json& kind : table.find("oneOf")->items()) {
      const auto& [tag, name] = kind.find("properties")->members().front();
      page += "\n### " + word(kind, "title") + "\n\n`\"" + tag + "\": \"" + name.find("const")->string() +
              "\"`: " + word(kind, "description") + ".\n\n" + fields(kind, "", "####");
    }
  }
  return page;
}

}  // namespace pare
