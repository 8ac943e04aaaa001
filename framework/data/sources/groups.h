// Groups: which of many things belong together, by a word that each has.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pare {

class Groups {
 public:
  // The next thing belongs to the group of this name.
  void add(const std::string& name) {
    const auto [at, is_new] = known_.emplace(name, static_cast<int32_t>(known_.size()));
    if (is_new) names.push_back(name);
    of_each.push_back(at->second);
  }

  std::vector<int32_t>
      of_each;  // the number of each one's group, from 0 on in the order in which groups appear
  std::vector<std::string> names;  // of the groups

 private:
  std::map<std::string, int32_t> known_;
};

}  // namespace pare
