// A config file as JSON: with what it extends, and with what the command line changes.
#pragma once

#include <string>
#include <vector>

#include "framework/json/json.h"

namespace pare {

constexpr uint64_t kLargestConfig = 1 << 24;  // bytes

struct ConfigFile {
  Json json;
  std::string name;  // for errors: "a.json", or "a.json (extends b.json)"
};

// What the file at `path` says, with the overrides ("path.to.key=VALUE") applied. With "extends":
// "base.json", a path from the file's own folder, the base's top-level keys are there too, unless the file
// has them itself: a section is taken over whole or written anew. A name left out is the file's. Throws
// Failure::Usage.
ConfigFile load_config(const std::string& path, const std::vector<std::string>& overrides);

}  // namespace pare
