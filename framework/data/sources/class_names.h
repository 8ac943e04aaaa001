// The order of classes, and their names in configs.
#pragma once

#include <string>
#include <vector>

namespace pare {

// By name, as bytes; or by value, if all names are numbers.
void sort_class_names(std::vector<std::string>& names);

// The number of the class of this name among those of `data`. Throws Failure::Usage, naming the config's
// `key` and the nearest names, when there is none.
size_t class_named(const std::string& name, const std::vector<std::string>& classes, const std::string& data,
                   const char* key);

}  // namespace pare
