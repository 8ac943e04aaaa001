#include "framework/data/sources/class_names.h"

#include <algorithm>

#include "framework/data/sources/numbers.h"

namespace pare {

void sort_class_names(std::vector<std::string>& names) {
  const auto number = [](const std::string& name) { return parse_number(name).value; };
  std::ranges::sort(names);
  if (std::ranges::all_of(names, [&](const std::string& name) { return number(name).has_value(); }))
    std::ranges::stable_sort(names, {}, [&](const std::string& name) { return *number(name); });
}

}  // namespace pare
