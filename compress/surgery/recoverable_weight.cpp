#include "compress/surgery/recoverable_weight.h"

#include <algorithm>

#include "compress/removal.h"
#include "framework/autograd/ops.h"
#include "framework/config/suggest.h"
#include "framework/kernels/elementwise/elementwise.h"
#include "layers/weights/dense_weight.h"
#include "optim/pattern.h"

namespace pare {

RecoverableWeight::RecoverableWeight(const WeightSite& site, Initialiser initialiser,
                                     WhileMasked while_masked)
    : while_masked_(while_masked),
      seed_(site.seed),
      value_{site.name, site.tags, initial_weights(site, initialiser), {}, {}},
      mask_{site.name + ".mask", ParameterTag::Statistic, Tensor::full(site.shape, 1.0f), {}, {}} {}

Var RecoverableWeight::effective(Pass& pass) {
  const Var value = pass.tape.leaf(value_);
  Tensor masked = value.value.clone();
  multiply(masked, mask_.value);
  const Var result = pass.tape.record("mask", std::move(masked), value.needs_grad(),
                                      [mask = mask_.value, waits = while_masked_ == WhileMasked::Waits,
                                       node = value.node](Tensor dy, Tape& gradients) {
                                        if (waits) {
                                          if (!dy.sole_owner()) dy = dy.clone();
                                          multiply(dy, mask);
                                        }
                                        gradients.add(node, std::move(dy));
                                      });
  return cast(pass.tape, result, pass.dtype);
}

void RecoverableWeight::visit(const ParameterVisitor& visitor) {
  visitor(value_);
  visitor(mask_);
}

void RecoverableWeight::keep_outputs(std::span<const int> indices) {
  for (Parameter* parameter : {&value_, &mask_}) parameter->keep(0, indices);
}

void RecoverableWeight::keep_inputs(std::span<const int> indices) {
  for (Parameter* parameter : {&value_, &mask_}) parameter->keep(3, indices);
}

// Selected, not multiplied: a masked weight is +0 even where it is negative.
WeightCode RecoverableWeight::code() const {
  WeightCode code{shape(), {}, {}, {values().begin(), values().end()}};
  for (size_t i = 0; i < code.values.size(); ++i)
    if (mask()[i] == 0) code.values[i] = 0;
  return code;
}

void RecoverableWeight::take(const WeightCode& code) {
  value_.value = materialise(code);
  std::vector<float> mask;
  for (const float value : values()) mask.push_back(value != 0 ? 1.0f : 0.0f);
  set_mask(mask);
}

void RecoverableWeight::set_mask(const std::vector<float>& wanted) {
  mask_.value = mask_.value.clone();
  const auto now = mask_.value.floats();
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (now[i] == wanted[i]) continue;
    now[i] = wanted[i];
    if (while_masked_ == WhileMasked::Waits)
      for (Tensor& slot : value_.slots) slot.floats()[i] = 0;
  }
}

WeightMaker recoverable_weights(Initialiser initialiser, WhileMasked while_masked) {
  return [=](const WeightSite& site) -> std::unique_ptr<Weight> {
    if (site.tags.has(ParameterTag::Gate)) return std::make_unique<DenseWeight>(site, initialiser);
    return std::make_unique<RecoverableWeight>(site, initialiser, while_masked);
  };
}

std::vector<RecoverableLayer> recoverable_layers(Network& network) {
  std::vector<RecoverableLayer> layers;
  for (const Network::Node& node : network.nodes())
    if (auto* const weight = dynamic_cast<RecoverableWeight*>(node.layer->weight()))
      layers.push_back({node.name, weight});
  return layers;
}

void LayerNumber::describe_as(Fields& fields, const char* name, const Range& range, const char* help) {
  fields.text("match", match,
              "which layers: a name, in which * stands for anything: \"0.conv2d\", \"*.linear\"",
              Need::Required);
  fields.number(name, number, range, help, Need::Required);
}

std::vector<double> numbers_of(const std::vector<RecoverableLayer>& layers,
                               const std::vector<LayerNumber>& rules, double usual, const char* key) {
  std::vector<double> numbers(layers.size(), usual);
  for (const LayerNumber& rule : rules) {
    bool any = false;
    for (size_t i = 0; i < layers.size(); ++i)
      if (matches_glob(rule.match, layers[i].name)) {
        numbers[i] = rule.number;
        any = true;
      }
    if (any) continue;
    std::vector<std::string> names;
    for (const RecoverableLayer& layer : layers) names.push_back(layer.name);
    fail(Failure::Usage, key, ": no layer with weights is called '", rule.match, "'",
         did_you_mean(rule.match, names, "layers"));
  }
  return numbers;
}

void finish_masked(Network& network) {
  for (const Network::Node& node : network.nodes())
    if (dynamic_cast<RecoverableWeight*>(node.layer->weight()) != nullptr)
      node.layer->freeze(node.layer->weight()->code());
  remove_dead_channels(network, Dead::AsItIs, Frozen::Leave);
}

}  // namespace pare
