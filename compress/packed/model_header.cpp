#include "compress/packed/model_header.h"

#include "framework/config/config.h"

namespace pare {
namespace {

// The members of `object` that `defaults` does not have with the same value.
Json without_defaults(const Json& object, const Json& defaults) {
  Json rest = Json::object();
  for (const auto& [key, value] : object.members()) {
    const Json* const usual = defaults.find(key);
    if (usual == nullptr || !(*usual == value)) rest.set(key, value);
  }
  return rest;
}

// Layers without the fields that have their defaults.
Json without_defaults(const Json& layers) {
  Json rest = Json::array();
  for (const Json& layer : layers.items()) {
    const Layers usual{{choose(layer_table(), layer.find("layer")->string())}};
    Json defaults = write_config(usual).find("network")->items()[0];
    defaults.set("layer", Json());
    rest.push(without_defaults(layer, defaults));
  }
  return rest;
}

}  // namespace

void ModelHeader::describe(Fields& fields) {
  fields.text("data", data, "data set");
  fields.texts("classes", classes, "class names");
  fields.numbers("mean", mean, Range::any(), "mean of pixels / 255 per channel");
  fields.numbers("deviation", deviation, Range::above(0), "standard deviation of pixels / 255 per channel");
  fields.integers("input", input, Range::between(1, 1 << 14), "height, width, channels");
  fields.variants("network", layers, layer_table(), "layers with the channels that are left");
  fields.integers("was", was, Range::between(1, kMostChannels),
                  "channels before training of each layer that mixes channels");
}

Normalisation ModelHeader::normalisation() const {
  return {{mean.begin(), mean.end()}, {deviation.begin(), deviation.end()}};
}

std::string header_text(const ModelHeader& header) {
  Json json = write_config(header);
  json.set("network", without_defaults(*json.find("network")));
  return dump_line(json);
}

ModelHeader parse_header(const std::string& text, const std::string& file_name) {
  auto header = read_config<ModelHeader>(parse_json(text, file_name + " (header)", Failure::Data),
                                         file_name + " (header)", Failure::Data);
  require(header.input.size() == 3, Failure::Data, file_name, ": header: input has ", header.input.size(),
          " extents instead of 3; the file is damaged");
  const auto channels = static_cast<size_t>(header.input[2]);
  require(header.mean.size() == channels && header.deviation.size() == channels, Failure::Data, file_name,
          ": header: normalisation of ", header.mean.size(), " channels for images of ", channels,
          "; the file is damaged");
  return header;
}

}  // namespace pare
