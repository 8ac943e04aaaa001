// The config reference as a page of Markdown, made from the JSON Schema and so from the fields themselves.
#pragma once

#include <string>

#include "framework/json/json.h"

namespace pare {

// `schema` as config_schema() makes it. The same schema gives the same page.
std::string schema_markdown(const Json& schema);

}  // namespace pare
