// Files of one JSON value a line, such as metrics.jsonl.
#pragma once

#include <string>
#include <vector>

#include "framework/json/json.h"

namespace pare {

// A line without an end is one that somebody is writing at this moment, and left out. Throws Failure::Data
// naming file and line.
std::vector<Json> read_json_lines(const std::string& path);

}  // namespace pare
