#include "compress/export/description.h"

#include <cmath>

namespace pare {

Json describe_layers(const Network& network) {
  Json layers = Json::array();
  for (const Network::Node& node : network.nodes()) {
    const Extent out = node.layer->output();
    Json layer = Json::object({{"name", node.name},
                               {"layer", node.kind},
                               {"input", node.input()},
                               {"output", Json::array({out.height, out.width, out.channels})}});
    if (const std::optional<Window> window = node.layer->window())
      layer.set("window", Json::object({{"height", window->height},
                                        {"width", window->width},
                                        {"stride", window->stride},
                                        {"padding", window->padding},
                                        {"dilation", window->dilation},
                                        {"groups", window->groups}}));
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
