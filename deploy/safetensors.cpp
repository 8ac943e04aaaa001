// Network -> safetensors, for PyTorch and others that read its layouts.
#include "deploy/description.h"
#include "deploy/export.h"
#include "deploy/portable_weight.h"
#include "framework/json/json.h"
#include "layers/channelwise/batch_norm.h"

namespace pare {
namespace {

// Weights that slide a window have four axes; a linear one is a matrix (O,I) in PyTorch, a gate's (C,1).
Shape torch_shape(const Network::Node& node, const Shape& s) {
  return node.layer->window() ? s : Shape{s[0], s.row()};
}

// What PyTorch's modules call their parameters.
std::string torch_name(const std::string& name) {
  constexpr std::pair<std::string_view, std::string_view> kBatchNorm[] = {
      {".gamma", ".weight"}, {".beta", ".bias"}, {".mean", ".running_mean"}, {".variance", ".running_var"}};
  for (const auto& [ours, theirs] : kBatchNorm)
    if (name.ends_with(ours)) return name.substr(0, name.size() - ours.size()) + std::string(theirs);
  return name;
}

}  // namespace

SafetensorsFile export_safetensors(const Spec& spec, const Network& network) {
  SafetensorsFile file;
  for (const Network::Node& node : network.nodes()) {
    if (Weight* weight = node.layer->weight()) {
      const PortableWeight portable = portable_weight(weight->code(), AxisOrder::ChannelsFirst);
      file.tensors.push_back(
          {node.name + ".weight", Tensor::of(torch_shape(node, portable.shape), portable.values)});
    }
    // What else the layer computes with; what is behind a weight, bits, exponents or a mask, is not among it.
    const bool normalises = as_batch_norm(*node.layer) != nullptr;
    node.layer->visit([&](Parameter& p) {
      if (p.is(ParameterTag::Bias) || p.is(ParameterTag::Normalisation) ||
          (p.is(ParameterTag::Statistic) && normalises))
        file.tensors.push_back({torch_name(p.name), p.value});
    });
  }
  file.metadata = {
      {"format", "pt"},
      {"data", spec.data},
      {"classes", dump_line(json_list(spec.classes))},
      {"mean", dump_line(json_list(spec.normalisation.mean))},
      {"deviation", dump_line(json_list(spec.normalisation.deviation))},
      {"input", spec.input.element == Element::U8 ? "(pixels / 255 - mean) / deviation, (N,C,H,W)"
                                                  : "(floats - mean) / deviation, (N,C,H,W)"},
      {"values", dump_line(json_list(spec.values))},
      {"outputs", meaning_of_outputs(spec)},
      {"layers", dump_line(describe_layers(network))}};
  return file;
}

}  // namespace pare
