// Which rows of a table make an example, and which examples are for testing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "framework/data/sources/asked.h"
#include "framework/data/sources/groups.h"
#include "framework/data/sources/table/encoder.h"

namespace pare {

// What each row of a table asks for.
Asked asked_of(const TableFile& file, const Roles& roles, const Classes& classes);

// By the column of groups; without one, all rows are of one.
Groups groups_of(const TableFile& file, const Roles& roles);

// Whether a row is held out for testing. Rows of a group are on the same side.
std::vector<bool> held_out_rows(const TableFile& file, const Roles& roles, const Asked& asked,
                                const HoldOut& hold_out);

// Rows in the order of their groups, and where in that order examples begin: each is `window` rows long.
struct Pieces {
  std::vector<int> order, starts;
  int contradictory = 0;  // windows that were left out because their rows ask for different things
  int short_groups = 0;   // groups of fewer rows than a window
};
Pieces pieces_of(const Groups& groups, const Asked& asked, int window, int hop);

}  // namespace pare
