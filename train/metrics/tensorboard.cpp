#include "train/metrics/tensorboard.h"

namespace pare {

Event epoch_event(const Json& metrics, double wall_time) {
  Event event(metrics.find("step")->integer(), wall_time);
  for (const auto& [name, value] : metrics.members())
    if (value.is_number() && name != "step") event.scalar(name, value.number());
  for (const Json& layer : metrics.find("layers")->items()) {
    const std::string& name = layer.find("name")->string();
    event.scalar("channels/" + name, layer.find("channels")->number());
    if (const Json* bits = layer.find("bits")) event.scalar("bits/" + name, bits->number());
    if (const Json* channels = layer.find("channel_bits")) {
      std::vector<double> living;
      for (const Json& bits : channels->items())
        if (bits.number() > 0) living.push_back(bits.number());
      event.histogram("channel_bits/" + name, living);
    }
  }
  return event;
}

}  // namespace pare
