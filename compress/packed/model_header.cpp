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
  spec.describe(fields);
  fields.variants("network", layers, layer_table(), "layers with the channels that are left");
  fields.integers("was", was, Range::between(1, kMostChannels),
                  "channels before training of each layer that mixes channels");
}

std::string header_text(const ModelHeader& header) {
  Json json = without_usual(write_config(header));
  json.set("network", without_defaults(*json.find("network")));
  return dump_line(json);
}

ModelHeader parse_header(const std::string& text, const std::string& file_name) {
  const std::string where = file_name + " (header)";
  auto header = read_config<ModelHeader>(parse_json(text, where, Failure::Data), where, Failure::Data);
  require_consistent(header.spec, file_name + ": header");
  return header;
}

}  // namespace pare
