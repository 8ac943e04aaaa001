// What to say about an option that a command does not have.
#pragma once

#include <string>
#include <vector>

#include "cli/command_tree.h"

namespace pare {

// "unknown option '--epochs'; a value of the config is set by --set epochs=3". `unused`: the arguments that
// no option took, in their order.
std::string about_unknown(const std::vector<std::string>& unused, const CommandText& command);

}  // namespace pare
