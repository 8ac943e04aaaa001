#include "train/config/first_config.h"

#include <algorithm>

#include "framework/config/without_defaults.h"

namespace pare {
namespace {

constexpr int kSmallestPooled = 8;  // side of an image that is still halved
constexpr int kMostHalvings = 3;
constexpr int kSteps = 4000;  // of the whole training, roughly

using Layers = std::vector<Json>;

Json layer(const char* name, std::vector<Json::Member> more = {}) {
  more.insert(more.begin(), Json::Member("layer", name));
  return Json::object(std::move(more));
}

// Images: convolutions that halve the sides until they are small.
void add_convolutions(Layers& layers, int side) {
  int channels = 16;
  for (int i = 0; i < kMostHalvings; ++i, channels = 32) {
    layers.push_back(layer("conv2d", {{"channels", channels}, {"kernel", 3}, {"padding", 1}}));
    layers.push_back(layer("relu"));
    if (side < kSmallestPooled) break;
    layers.push_back(layer("max_pool"));
    side /= 2;
  }
  layers.push_back(layer("global_average_pool"));
}

// Windows over time: an image of width 1.
void add_convolutions_over_time(Layers& layers, int moments) {
  int channels = 16;
  for (int i = 0; i < kMostHalvings && moments >= kSmallestPooled; ++i, channels = 32, moments /= 2) {
    layers.push_back(layer("conv2d", {{"channels", channels},
                                      {"kernel", Json::array({9, 1})},
                                      {"padding", Json::array({4, 0})},
                                      {"stride", Json::array({2, 1})}}));
    layers.push_back(layer("relu"));
  }
  layers.push_back(layer("global_average_pool"));
}

// Texts: what a few characters say, wherever they stand.
void add_convolutions_over_text(Layers& layers) {
  for (const int channels : {32, 64, 64}) {
    if (channels == 64) layers.push_back(layer("max_pool", {{"size", Json::array({2, 1})}}));
    layers.push_back(
        layer("conv2d",
              {{"channels", channels}, {"kernel", Json::array({5, 1})}, {"padding", Json::array({2, 0})}}));
    layers.push_back(layer("relu"));
  }
  layers.push_back(layer("global_average_pool"));
  layers.push_back(layer("dropout", {{"rate", 0.2}}));
}

void add_linear(Layers& layers) {
  for (const int features : {64, 32}) {
    layers.push_back(layer("linear", {{"features", features}}));
    layers.push_back(layer("relu"));
  }
}

Json network_for(const Spec& spec) {
  Layers layers;
  const InputShape& input = spec.input;
  if (spec.preprocessing.kind == "texts")
    add_convolutions_over_text(layers);
  else if (std::min(input.height, input.width) >= kSmallestPooled)
    add_convolutions(layers, std::min(input.height, input.width));
  else if (input.height >= kSmallestPooled && input.width == 1)
    add_convolutions_over_time(layers, input.height);
  else
    add_linear(layers);
  layers.push_back(layer("linear", {{"features", spec.outputs()}}));
  return Json::array(std::move(layers));
}

// The largest power of two that gives fifty steps an epoch, between 16 and 128, but no more than there are.
int batch_for(int examples) {
  int batch = 16;
  while (batch < 128 && batch * 2 * 50 <= examples) batch *= 2;
  while (batch > 1 && batch > examples) batch /= 2;
  return batch;
}

// Whether every number that is asked for is 0 or 1.
bool asks_for_labels(const Dataset& found) {
  if (found.spec.values.empty()) return false;
  for (int i = 0; i < found.train->count(); ++i)
    for (const float value : found.train->values(i))
      if (value != 0 && value != 1) return false;
  return true;
}

Json data_section(const DataConfig& data, int batch, int validation, int side) {
  Json source = without_defaults(*write_config(data).find("source"), source_table());
  Json section = Json::object({{"source", std::move(source)}, {"batch", batch}});
  if (validation > 0) section.set("validation", validation);
  if (data.source.kind == "pictures")
    section.set("augment", Json::object({{"shift", std::max(1, side / 16)}}));
  return section;
}

}  // namespace

Json first_config(const DataConfig& data, const Dataset& found) {
  const int validation = found.validation ? 0 : std::clamp(found.train->count() / 10, 1, 5000);
  const int examples = found.train->count() - validation, batch = batch_for(examples);
  const int epochs = std::clamp(kSteps * batch / std::max(1, examples), 5, 60);
  Json config =
      Json::object({{"data", data_section(data, batch, validation,
                                          std::min(found.spec.input.height, found.spec.input.width))},
                    {"network", network_for(found.spec)}});
  if (asks_for_labels(found)) config.set("loss", Json::object({{"name", "binary_cross_entropy"}}));
  config.set("optimizer", Json::object({{"name", "adam"}, {"lr", 0.002}}));
  config.set("schedule", Json::object({{"name", "linear"}, {"start", 0.5}}));
  config.set("epochs", epochs);
  config.set("compress", Json::object({{"method", "self_compress"},
                                       {"bits", 6},
                                       {"gamma", 0.01},
                                       {"rate", 0.02},
                                       {"warmup", std::max(1, epochs / 8)}}));
  return config;
}

}  // namespace pare
