#include "compress/lottery/masked_weight.h"

#include <algorithm>

#include "framework/autograd/ops.h"
#include "framework/kernels/elementwise/elementwise.h"
#include "layers/weights/dense_weight.h"

namespace pare {
namespace {

class Masked : public Method {
 public:
  WeightMaker weights(Initialiser initialiser) const override {
    return [initialiser](const WeightSite& site) -> std::unique_ptr<Weight> {
      if (site.tags.has(ParameterTag::Gate)) return std::make_unique<DenseWeight>(site, initialiser);
      return std::make_unique<MaskedWeight>(site, initialiser);
    };
  }
};

}  // namespace

MaskedWeight::MaskedWeight(const WeightSite& site, Initialiser initialiser)
    : value_{site.name, site.tags, initial_weights(site, initialiser), {}, {}},
      mask_{site.name + ".mask", ParameterTag::Statistic, Tensor::full(site.shape, 1.0f), {}, {}} {}

Var MaskedWeight::effective(Pass& pass) {
  const Var value = pass.tape.leaf(value_);
  const Var masked = pass.tape.record("mask", value.value, value.needs_grad(),
                                      [mask = mask_.value, node = value.node](Tensor dy, Tape& gradients) {
                                        if (!dy.sole_owner()) dy = dy.clone();
                                        multiply(dy, mask);
                                        gradients.add(node, std::move(dy));
                                      });
  return cast(pass.tape, masked, pass.dtype);
}

void MaskedWeight::visit(const ParameterVisitor& visitor) {
  visitor(value_);
  visitor(mask_);
}

std::vector<bool> MaskedWeight::dead_outputs() const {
  std::vector<bool> dead;
  const auto mask = mask_.value.floats();
  const auto row = static_cast<size_t>(shape().row());
  for (size_t begin = 0; begin < mask.size(); begin += row) {
    const auto channel = mask.subspan(begin, row);
    dead.push_back(std::all_of(channel.begin(), channel.end(), [](float m) { return m == 0.0f; }));
  }
  return dead;
}

void MaskedWeight::keep_outputs(std::span<const int> indices) {
  for (Parameter* parameter : {&value_, &mask_}) parameter->keep(0, indices);
}

void MaskedWeight::keep_inputs(std::span<const int> indices) {
  for (Parameter* parameter : {&value_, &mask_}) parameter->keep(3, indices);
}

WeightCode MaskedWeight::code() const {
  const auto values = value_.value.floats();
  return {shape(), {}, {}, {values.begin(), values.end()}};
}

void MaskedWeight::set_mask(const Tensor& mask) {
  check(mask.shape() == shape(), "mask: ", mask.shape(), " for a weight of ", shape());
  mask_.value = mask.clone();
  // Selected, not multiplied: a masked weight is +0 even where it was negative or not finite.
  const auto apply = [&](Tensor& tensor) {
    tensor = tensor.clone();
    for (int64_t i = 0; i < tensor.size(); ++i)
      if (mask.data<float>()[i] == 0.0f) tensor.data<float>()[i] = 0.0f;
  };
  apply(value_.value);
  for (Tensor& slot : value_.slots) apply(slot);
}

int64_t MaskedWeight::left() const {
  const auto mask = mask_.value.floats();
  return static_cast<int64_t>(mask.size()) - std::count(mask.begin(), mask.end(), 0.0f);
}

std::unique_ptr<Method> MaskedConfig::make() const { return std::make_unique<Masked>(); }

std::vector<MaskedLayer> masked_layers(Network& network) {
  std::vector<MaskedLayer> layers;
  for (const Network::Node& node : network.nodes()) {
    if (node.layer->weight() == nullptr || node.coupling.selects()) continue;
    auto* const weight = dynamic_cast<MaskedWeight*>(node.layer->weight());
    check(weight != nullptr, "lottery: the weight of ", node.name, " has no mask");
    layers.push_back({node.name, node.kind(), weight});
  }
  return layers;
}

}  // namespace pare
