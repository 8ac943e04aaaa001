#include "deploy/description.h"

#include "framework/base/decimal.h"
#include "framework/kernels/quantisation/quantise.h"
#include "layers/channelwise/batch_norm.h"
#include "layers/channelwise/quantise.h"

namespace pare {
namespace {

Json list_of(const std::vector<int>& numbers) { return Json::array({numbers.begin(), numbers.end()}); }
Json per_axis(const PerAxis& numbers) { return Json::array({numbers.height, numbers.width}); }

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
      layer.set("window", Json::object({{"height", window->size.height},
                                        {"width", window->size.width},
                                        {"stride", per_axis(window->stride)},
                                        {"padding", per_axis(window->padding)},
                                        {"dilation", per_axis(window->dilation)},
                                        {"groups", window->groups}}));
    const Coupling& coupling = node.coupling;
    if (coupling.selects()) layer.set("carried", list_of(coupling.inputs[0].from));
    if (coupling.adds() &&
        !coupling.adds_one_to_one(network.channels_read(node, 0), network.channels_read(node, 1)))
      layer.set("carried", Json::array({list_of(coupling.inputs[0].from), list_of(coupling.inputs[1].from)}));
    if (const BatchNorm* norm = as_batch_norm(*node.layer)) layer.set("epsilon", norm->epsilon());
    if (QuantiseLayer* const integers = as_quantise(*node.layer); integers != nullptr && integers->is_set())
      layer.set("integers", Json::object({{"low", integers->range().low},
                                          {"high", integers->range().high},
                                          {"step", step_size(integers->exponent())}}));
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
  for (const float number : numbers) list.push(shortest_decimal(number));
  return list;
}

const char* meaning_of_outputs(const Spec& spec) {
  if (spec.gives == Outputs::Labels) return "logarithms of the odds of labels, which are called values";
  if (spec.gives == Outputs::Inputs) return "the normalised input again";
  return spec.tells_classes() ? "scores of classes" : "values";
}

}  // namespace pare
