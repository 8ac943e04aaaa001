#include "layers/writers.h"

#include "layers/network.h"

namespace pare {

Writers find_writers(Network& network, int node) {
  Writers all;
  if (node == Network::kImages) {
    for (int c = 0; c < network.images().channels; ++c) {
      all.end_writer();
      all.end_channel();
    }
    return all;
  }
  const Network::Node& n = network.nodes()[node];
  const bool decides = n.layer->weight() != nullptr, begins = n.layer->flow() == Flow::Mixing;
  for (int c = 0; c < static_cast<int>(n.channels.size()); ++c) {
    const auto end_writer = [&] {
      if (decides) all.add({node, c});
      all.end_writer();
    };
    if (begins) end_writer();
    for (size_t k = 0; k < n.inputs.size() && !begins; ++k) {
      const std::vector<int>* const from = n.layer->carried(static_cast<int>(k));
      const int position = from == nullptr ? c : (*from)[c];
      if (position < 0) continue;
      network.writers(n.inputs[k]).each(position, [&](Writers::Writer writer) {
        for (const Writers::Place& place : writer) all.add(place);
        end_writer();
      });
    }
    all.end_channel();
  }
  return all;
}

}  // namespace pare
