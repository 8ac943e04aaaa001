#include "layers/channelwise/gate.h"

#include <algorithm>
#include <numeric>

#include "framework/autograd/ops.h"
#include "layers/channels.h"
#include "layers/weights/frozen_weight.h"

namespace pare {
namespace {

class Gate : public Layer {
 public:
  Gate(const Site& site, std::vector<int> from)
      : input_(site.input()),
        from_(std::move(from)),
        weight_(site.weights({site.name + ".weight",
                              {static_cast<int64_t>(from_.size()), 1, 1, 1},
                              1,
                              site.seed,
                              site.random + ".weight",
                              FirstWeights::Ones,
                              ParameterTag::Gate})) {}

  Coupling coupling() const override { return {Coupling::Outputs::Selected, {}, {{from_, 0}}}; }
  Extent output() const override {
    Extent output = input_;
    output.channels = static_cast<int>(from_.size());
    return output;
  }
  Var forward(std::span<const Var> inputs, Pass& pass) override {
    return gate(pass.tape, inputs[0], pass.weight(*weight_), from_);
  }
  void visit(const ParameterVisitor& visitor) override { weight_->visit(visitor); }
  Weight* weight() override { return weight_.get(); }
  void set_weight(std::unique_ptr<Weight> weight) override { weight_ = std::move(weight); }
  int64_t multiply_adds() const override { return output().count(); }

  Constants trace(std::span<const Constants> inputs, const std::vector<bool>& dead) const override {
    Constants outputs(from_.size());
    for (size_t c = 0; c < outputs.size(); ++c)
      if (dead[c] || inputs[0][from_[c]] == 0.0f) outputs[c] = 0.0f;
    return outputs;
  }
  void keep_inputs(int, std::span<const int> indices) override {
    for (int& from : from_) from = position_of(from, indices);
    input_.channels = static_cast<int>(indices.size());
  }
  void keep_outputs(std::span<const int> indices) override {
    from_ = chosen(from_, indices);
    check(std::find(from_.begin(), from_.end(), -1) == from_.end(),
          "gate: its input lost a channel it keeps");
    weight_->keep_outputs(indices);
  }

 private:
  Extent input_;
  // Per output channel: where it lies in the input, ascending; between keep_inputs and keep_outputs -1 where
  // it has left that.
  std::vector<int> from_;
  std::unique_ptr<Weight> weight_;
};

}  // namespace

void GateConfig::describe(Fields& fields) {
  describe_node(fields, Need::Optional);
  fields.integer("channels", channels, Range::at_least(0), "how many it lets through; 0: all of its input's");
}

std::unique_ptr<Layer> GateConfig::build(const Site& site) const {
  const Signal& input = site.inputs[0];
  const auto all = static_cast<int>(input.channels.size());
  const int count = channels == 0 ? all : channels;
  require(count <= all, Failure::Usage, "network: layer ", site.name, " lets ", count,
          " channels through, but its input ", input.extent, " has ", all);
  std::vector<int> from(count);
  std::iota(from.begin(), from.end(), 0);
  if (count < all) {
    const std::vector<int> through = site.streams(count, input.stream).channels;
    for (int c = 0; c < count; ++c) {
      from[c] = position_of(through[c], input.channels);
      require(from[c] >= 0, Failure::Data, "network: layer ", site.name,
              " lets a channel through that its input does not have");
    }
  }
  return std::make_unique<Gate>(site, std::move(from));
}

void GateConfig::match(Layer& layer) { channels = layer.output().channels; }

}  // namespace pare
