// Network -> a page that runs it in the browser: the embedded files of deploy/web/, and model.js
// with the network and the sample images. A script, not a fetched file, so that the page also works from disk
// (file://).
#include <algorithm>
#include <map>

#include "deploy/description.h"
#include "deploy/export.h"
#include "deploy/portable_weight.h"
#include "framework/files/base64.h"
#include "framework/files/embedded_file.h"
#include "framework/json/json.h"
#include "layers/channelwise/batch_norm.h"

namespace pare {

const std::vector<EmbeddedFile>& embedded_web_files();  // generated

namespace {

constexpr size_t kSamplesPerClass = 2;

// What deploy/web/network.js can compute: the keys of its table of layers.
constexpr const char* kKnownLayers[] = {"conv2d",   "linear",  "batch_norm",   "relu",
                                        "max_pool", "add",     "average_pool", "global_average_pool",
                                        "flatten",  "dropout", "gate",         "concat"};

template <class T>
std::string base64_of(std::span<const T> values) {
  return base64({reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()});
}

Json weights_of(Layer& layer) {
  const PortableWeight weight = portable_weight(layer.weight()->code(), AxisOrder::ChannelsLast);
  Json json = Json::object({{"outputs", weight.shape[0]}});
  if (weight.levels.empty()) {
    json.set("floats", base64_of<float>(weight.values));
  } else {
    json.set("levels", base64_of<int8_t>(weight.levels));
    json.set("steps", base64_of<float>(weight.steps));
  }
  if (Parameter* bias = layer.bias()) json.set("bias", base64_of<float>(bias->value.floats()));
  return json;
}

Json layers_of(const Network& network, const std::vector<int>& original_channels) {
  Json layers = describe_layers(network);
  size_t with_weights = 0;
  for (size_t i = 0; i < network.nodes().size(); ++i) {
    const Network::Node& node = network.nodes()[i];
    require(
        std::find(std::begin(kKnownLayers), std::end(kKnownLayers), node.kind()) != std::end(kKnownLayers),
        Failure::Usage, "export: the web page cannot compute layer ", node.name,
        " yet; teach deploy/web/network.js to, and list it in deploy/web.cpp");
    if (const BatchNorm* norm = as_batch_norm(*node.layer)) {
      const auto [scale, shift] = norm->affine();
      layers.items()[i].set("affine", Json::object({{"scale", base64_of<float>(scale.floats())},
                                                    {"shift", base64_of<float>(shift.floats())}}));
    }
    if (node.layer->weight() == nullptr) continue;
    layers.items()[i].set("weights", weights_of(*node.layer));
    layers.items()[i].set("was", original_channels[with_weights++]);
  }
  return layers;
}

// The first few images of each class, class by class.
Json samples_of(const Source& images) {
  std::map<int, std::vector<int>> chosen;
  for (int i = 0; i < images.count(); ++i) {
    std::vector<int>& of_class = chosen[images.label(i)];
    if (of_class.size() < kSamplesPerClass) of_class.push_back(i);
  }
  Json samples = Json::array();
  std::vector<std::byte> buffer;
  for (const auto& [label, indices] : chosen)
    for (const int i : indices) {
      const auto* const pixels = reinterpret_cast<const uint8_t*>(images.read(i, buffer));
      samples.push(Json::object({{"label", label}, {"pixels", base64({pixels, images.input().bytes()})}}));
    }
  return samples;
}

}  // namespace

std::vector<WebFile> export_web(const Spec& spec, const Network& network, const Source* samples,
                                int64_t model_bytes, const std::vector<int>& original_channels) {
  require(
      spec.input.element == Element::U8 && spec.tells_classes(), Failure::Usage,
      "export: the web page shows pictures and names their class; this model takes other inputs, or gives "
      "other outputs; use onnx or safetensors");
  const Extent& images = network.images();
  const Json model = Json::object({{"data", spec.data},
                                   {"classes", json_list(spec.classes)},
                                   {"mean", json_list(spec.normalisation.mean)},
                                   {"deviation", json_list(spec.normalisation.deviation)},
                                   {"images", Json::array({images.height, images.width, images.channels})},
                                   {"bytes", model_bytes},
                                   {"weights", network.weight_count()},
                                   {"layers", layers_of(network, original_channels)},
                                   {"samples", samples == nullptr ? Json::array() : samples_of(*samples)}});
  std::vector<WebFile> files;
  for (const EmbeddedFile& file : embedded_web_files())
    files.push_back({std::string(file.name), std::string(file.text)});
  files.push_back(
      {"model.js", "// Written by pare export.\nconst PARE_MODEL = " + dump_for_script(model) + ";\n"});
  return files;
}

}  // namespace pare
