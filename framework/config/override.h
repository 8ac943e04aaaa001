// `--set path.to.key=VALUE`: changes one value of a config before it is read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "framework/json/json.h"

namespace pare {

// VALUE is JSON, or else a bare word taken as a string: epochs=3, precision=bf16, milestones=[80,120].
// Items of lists have their index as name: network.0.channels=8 or network[0].channels=8. Objects missing on
// the way are made; whether their keys exist is for the reader to say. Throws Failure::Usage.
void apply_override(Json& config, std::string_view assignment);

// The keys and indices on the way to a value: network[0].channels -> network, 0, channels.
std::vector<std::string> steps_of(std::string_view path, const std::string& blame);

// The same with a path and a value that are already apart; errors begin with `blame`.
void set_at(Json& config, std::string_view path, const Json& value, const std::string& blame);

}  // namespace pare
