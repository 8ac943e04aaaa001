// What --help prints.
#pragma once

#include <string>

#include "cli/command_tree.h"

namespace pare {

// Of one command, in lines of at most `columns` characters. Examples stay as they are, to be copied.
std::string help_of(const CommandText& command, int columns);
// Of the program: its options and what commands there are.
std::string help_of(const CommandTree& tree, int columns);

}  // namespace pare
