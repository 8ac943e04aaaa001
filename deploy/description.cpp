#include "deploy/description.h"

#include <cmath>

namespace pare {
namespace {

Json list_of(const std::vector<int>& numbers) { return Json::array({numbers.begin(), numbers.end()}); }

}  // namespace

Json describe_layers(const Network& network) {
  Json layers = Json::array();
  for (const Network::Node& node : network.nodes()) {
    const Extent out = node.layer->output();
    Json layer = Json::object({{"name", node.name},
                               {"layer", node.kind()},
                               {"inputs", list_of(node.inputs)},
                               {"output", Json::array({out.height, out.width, out.channels})}});
    if (const std::optional<Window> window = node.layer->window())
      layer.set("window", Json::object({{"height", window->height},
                                        {"width", window->width},
                                        {"stride", window->stride},
                                        {"padding", window->padding},
                                        {"dilation", window->dilation},
                                        {"groups", window->groups}}));
    if (node.layer->flow() == Flow::Selecting) layer.set("carried", list_of(*node.layer->carried(0)));
    if (is_sum(*node.layer) &&
        !is_plain_sum(*node.layer, network.channels_read(node, 0), network.channels_read(node, 1)))
      layer.set("carried", Json::array({list_of(*node.layer->carried(0)), list_of(*node.layer->carried(1))}));
    if (const std::optional<float> epsilon = node.layer->epsilon()) layer.set("epsilon", *epsilon);
    layers.push(std::move(layer));
  }
  return layers;
}

Json json_list(const std::vector<std::string>& words) {
  Json list = Json::array();
  for (const std::string& word : words) list.push(word);
  return list;
}

Json json_list(const std::vector<float>& numbers) {
  Json list = Json::array();
  for (const float number : numbers) list.push(std::round(number * 1e4) / 1e4);
  return list;
}

}  // namespace pare
