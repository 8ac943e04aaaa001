// One value for each range of a parallel loop, so that sums made side by side can be added up in order.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>

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

  // Calls add(total, other) on the first range's value with each of the others, in the order of the ranges,
  // and gives the first. There must have been one.
  template <class Add>
  Value& total(const Add& add) {
    Value& sum = values_.begin()->second;
    for (auto other = std::next(values_.begin()); other != values_.end(); ++other) add(sum, other->second);
    return sum;
  }

 private:
  std::map<int64_t, Value> values_;
  std::mutex mutex_;
};

}  // namespace pare
