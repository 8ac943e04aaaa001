// What examples ask for: a class each, or numbers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace pare {

struct Asked {
  std::vector<int32_t> classes;  // (N), or
  std::vector<float> values{};   // (N, values_each)
  int values_each = 0;

  size_t count() const {
    return values_each > 0 ? values.size() / static_cast<size_t>(values_each) : classes.size();
  }
  int32_t label(int index) const { return classes.empty() ? 0 : classes[static_cast<size_t>(index)]; }
  std::span<const float> of(int index) const {
    const auto each = static_cast<size_t>(values_each);
    return std::span(values).subspan(static_cast<size_t>(index) * each, each);
  }
  void append(const Asked& from, int index) {
    values_each = from.values_each;
    if (values_each == 0) classes.push_back(from.label(index));
    values.insert(values.end(), from.of(index).begin(), from.of(index).end());
  }
  bool same(int index, int other) const {
    return label(index) == label(other) && std::ranges::equal(of(index), of(other));
  }
};

}  // namespace pare
