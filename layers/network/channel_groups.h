// ChannelGroups: the channels of a network that can only leave together, such as those of a convolution, of
// the batch norm and ReLU behind it, and of the depthwise convolution that reads them.
//
// Union-find over all (node, channel) pairs, out of what layers declare (layers/coupling.h). Not in one
// group: a channel and what a gate selects of it, and a sum and its addends, for one of them can leave alone.
#pragma once

#include "layers/network/network.h"

namespace pare {

class ChannelGroups {
 public:
  explicit ChannelGroups(const Network& network);

  int count() const { return count_; }
  // Of a node's channel, by its position among those the node has now; of the images with Network::kImages.
  int of(int node, size_t channel) const { return groups_[first_[node + 1] + channel]; }

 private:
  int find(int member);
  void tie(int a, int b) { groups_[find(b)] = find(a); }
  int member(int node, size_t channel) const { return first_[node + 1] + static_cast<int>(channel); }
  void tie_sources(const Network::Node& node, int number);
  void tie_block(const Network::Node& node, int number);

  std::vector<int> first_;   // of each node, and first of the images, the member of its first channel
  std::vector<int> groups_;  // of each member; while they are found, another member of its group
  int count_ = 0;
};

}  // namespace pare
