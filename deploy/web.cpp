// Network -> a page that runs it in the browser: those embedded files of deploy/web/ that its kind of inputs
// needs, and model.js with the network, how files become its inputs, and the sample images. A script, not a
// fetched file, so that the page also works from disk (file://).
#include <algorithm>
#include <map>

#include "deploy/description.h"
#include "deploy/export.h"
#include "deploy/portable_weight.h"
#include "framework/config/config.h"
#include "framework/files/base64.h"
#include "framework/files/embedded_file.h"
#include "framework/json/json.h"
#include "layers/channelwise/batch_norm.h"

namespace pare {

const std::vector<EmbeddedFile>& embedded_web_files();  // generated

namespace {

constexpr size_t kSamplesPerClass = 2;
constexpr size_t kMostSampleBytes = 1 << 21;

// What reads the inputs of each kind of preprocessing, in the order of loading; "": a model that knows no
// files. The last script defines INPUTS, which deploy/web/page.js explains.
struct InputScripts {
  std::string_view kind;
  std::vector<std::string_view> scripts;
};

const std::vector<InputScripts>& input_scripts() {
  static const std::vector<InputScripts> all{
      {"pictures", {"png.js", "resize.js", "pictures.js", "media.js", "from_pictures.js"}},
      {"sounds", {"wav.js", "spectrum.js", "sounds.js", "media.js", "from_sounds.js"}},
      {"texts", {"csv.js", "table.js", "texts.js", "from_texts.js"}},
      {"table", {"csv.js", "table.js", "from_table.js"}},
      {"", {"npy.js", "png.js", "resize.js", "pictures.js", "draw.js", "from_arrays.js"}}};
  return all;
}

// All scripts of the page but model.js, which comes first.
std::vector<std::string_view> scripts_for(const std::string& kind) {
  const auto found = std::ranges::find(input_scripts(), kind, &InputScripts::kind);
  require(found != input_scripts().end(), Failure::Usage, "export: the web page cannot read ", kind,
          " yet; give them a row in deploy/web.cpp");
  std::vector<std::string_view> scripts{"ui.js", "files.js", "network.js", "inside.js"};
  scripts.insert(scripts.end(), found->scripts.begin(), found->scripts.end());
  scripts.push_back("page.js");
  return scripts;
}

std::string embedded(std::string_view name) {
  const auto found = std::ranges::find(embedded_web_files(), name, &EmbeddedFile::name);
  check(found != embedded_web_files().end(), "deploy/web/", name, " is not there");
  return std::string(found->text);
}

std::string page_with(const std::vector<std::string_view>& scripts) {
  constexpr std::string_view kPlace = "  <!-- scripts -->\n";
  std::string tags = "  <script src=\"model.js\"></script>\n", page = embedded("index.html");
  for (const std::string_view name : scripts) tags += text("  <script src=\"", name, "\"></script>\n");
  return page.replace(page.find(kPlace), kPlace.size(), tags);
}

// What deploy/web/network.js can compute: the keys of its table of layers.
constexpr const char* kKnownLayers[] = {
    "conv2d",  "linear",  "batch_norm", "relu",   "max_pool", "add", "average_pool", "global_average_pool",
    "flatten", "dropout", "gate",       "concat", "quantise"};

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

// The first few images of each class, class by class, as long as they do not make the page large.
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
      if ((samples.items().size() + 1) * images.input().bytes() > kMostSampleBytes) return samples;
      const auto* const pixels = reinterpret_cast<const uint8_t*>(images.read(i, buffer));
      samples.push(Json::object({{"label", label}, {"pixels", base64({pixels, images.input().bytes()})}}));
    }
  return samples;
}

}  // namespace

std::vector<WebFile> export_web(const Spec& spec, const Network& network, const Source* samples,
                                int64_t model_bytes, const std::vector<int>& original_channels) {
  const std::vector<std::string_view> scripts = scripts_for(spec.preprocessing.kind);
  const Extent& images = network.images();
  const bool pictures = spec.input.element == Element::U8 && spec.preprocessing.kind != "texts";
  const bool shown = samples != nullptr && pictures && !spec.classes.empty();
  Spec written = spec;
  Json model = write_config(written);
  model.set("images", Json::array({images.height, images.width, images.channels}));
  model.set("bytes", model_bytes);
  model.set("weights", network.weight_count());
  model.set("layers", layers_of(network, original_channels));
  model.set("samples", shown ? samples_of(*samples) : Json::array());
  std::vector<WebFile> files{{"index.html", page_with(scripts)}, {"style.css", embedded("style.css")}};
  for (const std::string_view name : scripts) files.push_back({std::string(name), embedded(name)});
  files.push_back(
      {"model.js", "// Written by pare export.\nconst PARE_MODEL = " + dump_for_script(model) + ";\n"});
  return files;
}

}  // namespace pare
