// One value for each range of a parallel loop, so that sums made side by side can be added up in order.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

namespace pare {

template <class Value>
class PerRange {
 public:
  // The value of the range that begins here, made from `arguments` when it is first asked for.
  template <class... Arguments>
  Value& at(int64_t begin, const Arguments&... arguments) {
    const std::lock_guard lock(mutex_);
    return values_.try_emplace(begin, arguments...).first->second;
  }

  // part(value) of all of them, in the order of the ranges.
  template <class Part>
  auto in_order(const Part& part) const {
    std::vector<std::decay_t<decltype(part(std::declval<const Value&>()))>> parts;
    for (const auto& [begin, value] : values_) parts.push_back(part(value));
    return parts;
  }

 private:
  std::map<int64_t, Value> values_;
  std::mutex mutex_;
};

}  // namespace pare
