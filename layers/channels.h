// Functions on lists of channels: ascending channel numbers of a stream, or positions in such a list.
#pragma once

#include <algorithm>
#include <iterator>
#include <span>
#include <vector>

namespace pare {

// Those at these positions.
inline std::vector<int> chosen(std::span<const int> channels, std::span<const int> positions) {
  std::vector<int> result;
  for (const int position : positions) result.push_back(channels[position]);
  return result;
}

// Where `channel` lies in an ascending list, or -1.
inline int position_of(int channel, std::span<const int> channels) {
  const auto found = std::lower_bound(channels.begin(), channels.end(), channel);
  return found == channels.end() || *found != channel ? -1 : static_cast<int>(found - channels.begin());
}

// All of them, moved by so many.
inline std::vector<int> shifted(std::span<const int> channels, int by) {
  std::vector<int> result(channels.begin(), channels.end());
  for (int& channel : result) channel += by;
  return result;
}

// Those of either list, ascending as they are.
inline std::vector<int> union_of(std::span<const int> a, std::span<const int> b) {
  std::vector<int> both;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

}  // namespace pare
