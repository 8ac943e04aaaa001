// A layer: y = x above zero and slope x below, with its config, its row, and a test that channels can leave
// it.
#include <doctest/doctest.h>

#include "compress/removal.h"
#include "layers/channelwise/channelwise.h"
#include "tests/support/network_fixtures.h"

namespace pare {
namespace {

class LeakyRelu : public ChannelwiseLayer {
 public:
  LeakyRelu(const Extent& input, float slope) : ChannelwiseLayer(input), slope_(slope) {}

  // x (N,H,W,C) f32 or bf16 -> y of the same shape and data type
  Var apply(const Var& x, Pass& pass) override {
    const Tensor in = x.value.to(DType::F32);
    const auto times_slope = [in, slope = slope_](const Tensor& t) {  // where x is below zero
      Tensor out = t.to(DType::F32).clone();
      for (int64_t i = 0; i < out.size(); ++i) out.data<float>()[i] *= in.data<float>()[i] < 0 ? slope : 1.0f;
      return out.to(t.dtype());
    };
    return pass.tape.record("leaky_relu", times_slope(x.value), x.needs_grad(),
                            [times_slope, node = x.node](const Tensor& dy, Tape& gradients) {
                              gradients.add(node, times_slope(dy));
                            });
  }

  // A constant channel stays constant.
  Constants trace(std::span<const Constants> inputs, const std::vector<bool>&) const override {
    Constants outputs = inputs[0];
    for (auto& constant : outputs)
      if (constant && *constant < 0) *constant *= slope_;
    return outputs;
  }

 private:
  float slope_;
};

struct LeakyReluConfig : LayerConfig {
  double slope = 0.01;

  void describe(Fields& fields) override {
    describe_node(fields);
    fields.number("slope", slope, Range::at_least(0).below(1), "factor of what is below zero");
  }
  std::unique_ptr<Layer> build(const Site& site) const override {
    return std::make_unique<LeakyRelu>(site.input(), static_cast<float>(slope));
  }
};

// The table of layers with one row more. (A layer of Pare's own has its row in layers/table.cpp.)
const Table<LayerConfig>& table() {
  static const Table<LayerConfig> table = [] {
    Table<LayerConfig> all = layer_table();
    all.rows.push_back(RowOf<LeakyReluConfig>{"leaky_relu", "x above zero, slope x below"});
    return all;
  }();
  return table;
}

struct Config : Described {
  LayerList network;
  void describe(Fields& fields) override { fields.variants("network", network, table(), "the layers"); }
};

TEST_CASE(
    "example: a layer is configured by name, and a dead channel leaves it without changing the outputs") {
  const Json json = parse_json(R"({"network": [
      {"layer": "conv2d", "channels": 4}, {"layer": "leaky_relu", "slope": 0.5},
      {"layer": "conv2d", "channels": 3, "kernel": 1}, {"layer": "flatten"}, {"layer": "linear", "features": 2}]})",
                               "test");
  Network network(read_config<Config>(json, "test").network, {6, 6, 1}, self_compressing(), 1);
  parameter(network, "0.conv2d.weight.bits").value.data<float>()[1] = 0;  // dead: its bias is all it gives,
  parameter(network, "0.conv2d.bias").value.data<float>()[1] = -0.5f;     // here -0.25 behind the new layer
  const Tensor images = random_tensor({5, 6, 6, 1}), before = logits_of(network, images);
  CHECK(remove_dead_channels(network, Dead::ForGood) == 1);
  CHECK(network.nodes()[1].channels == std::vector<int>{0, 2, 3});
  CHECK(difference(before, logits_of(network, images)) < 1e-6);
}

}  // namespace
}  // namespace pare
