#include "framework/data/sources/class_names.h"

#include <algorithm>

#include "framework/base/error.h"
#include "framework/config/suggest.h"
#include "framework/data/sources/numbers.h"

namespace pare {

void sort_class_names(std::vector<std::string>& names) {
  const auto number = [](const std::string& name) { return parse_number(name).value; };
  std::ranges::sort(names);
  if (std::ranges::all_of(names, [&](const std::string& name) { return number(name).has_value(); }))
    std::ranges::stable_sort(names, {}, [&](const std::string& name) { return *number(name); });
}

size_t class_named(const std::string& name, const std::vector<std::string>& classes, const std::string& data,
                   const char* key) {
  const auto found = std::ranges::find(classes, name);
  require(found != classes.end(), Failure::Usage, key, ": '", name, "' is no class of ", data,
          did_you_mean(name, classes, "classes"));
  return static_cast<size_t>(found - classes.begin());
}

}  // namespace pare
