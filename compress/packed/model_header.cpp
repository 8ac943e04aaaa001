#include "compress/packed/model_header.h"

#include "framework/config/config.h"

namespace pare {
namespace {

constexpr Word<Element> kElements[] = {{"u8", Element::U8}, {"f32", Element::F32}};

Json without(const Json& object, std::string_view key) {
  Json rest = Json::object();
  for (const auto& [name, value] : object.members())
    if (name != key) rest.set(name, value);
  return rest;
}

// The members of `object` that `defaults` does not have with the same value.
Json without_defaults(const Json& object, const Json& defaults) {
  Json rest = Json::object();
  for (const auto& [key, value] : object.members()) {
    const Json* const usual = defaults.find(key);
    if (usual == nullptr || !(*usual == value)) rest.set(key, value);
  }
  return rest;
}

// Layers without the fields that have their defaults, those inside of them likewise.
Json without_defaults(const Json& layers) {
  Json rest = Json::array();
  for (const Json& layer : layers.items()) {
    Layers usual;
    usual.layers.push_back(choose(layer_table(), layer.find("layer")->string()));
    Json defaults = write_config(usual).find("network")->items()[0];
    defaults.set("layer", Json());
    Json own = without_defaults(layer, defaults);
    for (const LayerConfig::Inner& inner : usual.layers[0]->inner())
      if (Json* const list = own.find(inner.name)) *list = without_defaults(*list);
    rest.push(std::move(own));
  }
  return rest;
}

}  // namespace

void ModelHeader::describe(Fields& fields) {
  fields.text("data", data, "data set");
  fields.texts("classes", classes, "class names");
  fields.texts("values", values, "names of the numbers it gives, where it has no classes");
  fields.numbers("mean", mean, Range::any(), "mean of pixels / 255 per channel");
  fields.numbers("deviation", deviation, Range::above(0), "standard deviation of pixels / 255 per channel");
  fields.integers("input", input, Range::between(1, 1 << 24), "height, width, channels");
  fields.choice("element", element, kElements, "what inputs are stored as");
  fields.variants("network", layers, layer_table(), "layers with the channels that are left");
  fields.integers("was", was, Range::between(1, kMostChannels),
                  "channels before training of each layer that mixes channels");
}

Spec ModelHeader::spec() const {
  return {data,
          classes,
          {{mean.begin(), mean.end()}, {deviation.begin(), deviation.end()}},
          {input[0], input[1], input[2], element},
          values};
}

std::string header_text(ModelHeader& header) {
  Json json = write_config(header);
  json.set("network", without_defaults(*json.find("network")));
  // Keys younger than the format's first version, where they say nothing new.
  if (header.values.empty()) json = without(json, "values");
  if (header.element == Element::U8) json = without(json, "element");
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
