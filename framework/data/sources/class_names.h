// The order of classes.
#pragma once

#include <string>
#include <vector>

namespace pare {

// By name, as bytes; or by value, if all names are numbers.
void sort_class_names(std::vector<std::string>& names);

}  // namespace pare
