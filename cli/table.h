// Tables for people, which are Markdown as well.
#pragma once

#include <string>
#include <vector>

namespace pare {

// The first line is the heading. The first `words` columns begin at the left, the others, numbers, end at the
// right.
void print_table(const std::vector<std::vector<std::string>>& lines, size_t words);

}  // namespace pare
