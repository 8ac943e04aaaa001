#include "layers/network/channel_groups.h"

#include <numeric>

namespace pare {

ChannelGroups::ChannelGroups(const Network& network) {
  const auto& nodes = network.nodes();
  first_.push_back(0);
  int members = network.images().channels;
  for (const Network::Node& node : nodes) {
    first_.push_back(members);
    members += static_cast<int>(node.channels.size());
  }
  groups_.resize(members);
  std::iota(groups_.begin(), groups_.end(), 0);
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].coupling.carries()) tie_sources(nodes[i], static_cast<int>(i));
    if (nodes[i].coupling.block) tie_block(nodes[i], static_cast<int>(i));
  }
  std::vector<int> number(members, -1);
  for (int m = 0; m < members; ++m) {
    int& of_root = number[find(m)];
    if (of_root < 0) of_root = count_++;
  }
  std::vector<int> numbered(members);
  for (int m = 0; m < members; ++m) numbered[m] = number[find(m)];
  groups_ = std::move(numbered);
}

int ChannelGroups::find(int member) {
  while (groups_[member] != member) member = groups_[member] = groups_[groups_[member]];
  return member;
}

void ChannelGroups::tie_sources(const Network::Node& node, int number) {
  for (size_t c = 0; c < node.channels.size(); ++c) {
    int sources = 0, last = 0;
    node.coupling.each_source(c, [&](size_t input, size_t there) {
      ++sources;
      last = member(node.inputs[input], there);
    });
    if (sources == 1) tie(last, member(number, c));
  }
}

void ChannelGroups::tie_block(const Network::Node& node, int number) {
  const auto [inputs, outputs] = *node.coupling.block;
  for (size_t c = 0; c < node.channels.size(); ++c) {
    const size_t block = c / outputs;
    tie(member(number, block * outputs), member(number, c));
    for (int k = 0; k < inputs; ++k) tie(member(node.input(), block * inputs + k), member(number, c));
  }
}

}  // namespace pare
