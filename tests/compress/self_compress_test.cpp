// What self-compression does to a network after each step.
#include "compress/self_compression/self_compress.h"

#include <cmath>

#include "compress/packed/packed_model.h"
#include "tests/support/network_fixtures.h"

using namespace pare;

TEST_CASE("self-compress: biases of dead channels walk to zero, those of the classes stay") {
  const std::string layers = R"([{"layer": "linear", "features": 5}, {"layer": "relu"},
                                 {"layer": "linear", "features": 3})";
  for (const char* end :
       {"]", R"(, {"layer": "relu"}])", R"(, {"layer": "batch_norm"}, {"layer": "relu"}])"}) {
    CAPTURE(end);
    Network network(layers_of(layers + end), {1, 1, 4}, self_compressing(), 1);
    const std::unique_ptr<Method> method = SelfCompressConfig().make();
    method->start(network);
    network.visit([](Parameter& p) {
      if (p.is(ParameterTag::Bits)) p.value = Tensor::zeros(p.value.shape());
      if (p.is(ParameterTag::Bias)) p.value = Tensor::full(p.value.shape(), 0.5f);
      if (p.name.ends_with(".beta")) p.value = Tensor::full(p.value.shape(), 0.25f);
    });
    method->after_step(network, {1, 1000, 100});
    for (const float b : numbers(parameter(network, "0.linear.bias").value)) CHECK(b < 0.5f);
    for (const float b : numbers(parameter(network, "2.linear.bias").value)) CHECK(b == 0.5f);
    network.visit([](Parameter& p) {
      if (p.name.ends_with(".beta"))
        for (const float b : p.value.floats()) CHECK(b == 0.25f);
    });
  }
}

TEST_CASE("self-compress: a class never loses its weights, whatever stands behind the scores") {
  const std::string layers = R"([{"layer": "conv2d", "channels": 5}, {"layer": "relu"},
                                 {"layer": "conv2d", "channels": 3, "kernel": 1}, )";
  const std::string pool = R"({"layer": "global_average_pool"}])";
  for (const Levels levels : {Levels::Paper, Levels::Symmetric})
    for (const std::string& end : {pool, R"({"layer": "relu"}, )" + pool}) {
      CAPTURE(end);
      Network network(layers_of(layers + end), {4, 4, 1}, self_compressing(6, levels), 1);
      SelfCompressConfig config;
      config.levels = levels;
      const std::unique_ptr<Method> method = config.make();
      method->start(network);
      network.visit([](Parameter& p) {
        if (p.is(ParameterTag::Bits)) p.value = Tensor::zeros(p.value.shape());
      });
      method->after_step(network, {1, 1000, 100});
      for (const float b : numbers(parameter(network, "0.conv2d.weight.bits").value)) CHECK(b == 0);
      for (const float b : numbers(parameter(network, "2.conv2d.weight.bits").value)) {
        const LevelRange range = level_range(levels, b);
        CHECK(std::nearbyint(range.low) >= 1);
        CHECK(std::nearbyint(range.high) == 1);
      }
    }
}

namespace {

// A row of zeros with bits left in the layer in front of a padded convolution, which cannot take its bias
// over.
std::string padded_reader(const std::string& between = "") {
  return R"([{"layer": "conv2d", "channels": 3, "kernel": 1}, )" + between +
         R"({"layer": "conv2d", "channels": 4, "padding": 1}, {"layer": "global_average_pool"}])";
}

void set_row(Network& network, const std::string& name, int64_t row, float weight, float bias) {
  Tensor& weights = parameter(network, name + ".weight").value;
  for (float& w : weights.floats().subspan(row * weights.shape().row(), weights.shape().row())) w = weight;
  parameter(network, name + ".bias").value.data<float>()[row] = bias;
}

}  // namespace

TEST_CASE("self-compress: with remove_zeros a row of zeros leaves once its bias has walked to zero") {
  Network network(layers_of(padded_reader()), {4, 4, 1}, self_compressing(), 1);
  SelfCompressConfig config;
  config.remove_zeros = true;
  config.remove_every = 10;
  config.bias_l1 = 1e-3;
  const std::unique_ptr<Method> method = config.make();
  method->start(network);
  set_row(network, "0.conv2d", 1, 0, 0.05f);
  for (int64_t step = 1; step <= 50; ++step) method->after_step(network, {step, 1000, 100});
  CHECK(network.nodes()[0].channels.size() == 3);
  for (int64_t step = 51; step <= 70; ++step) method->after_step(network, {step, 1000, 100});
  CHECK(network.nodes()[0].channels == std::vector<int>{0, 2});
}

TEST_CASE("self-compress: finishing takes dropout out, and what it kept from leaving") {
  const LayerList layers = layers_of(R"([{"layer": "linear", "features": 5}, {"layer": "relu"},
                                         {"layer": "dropout", "rate": 0.5}, {"layer": "linear", "features": 3}])");
  Network network(layers, {1, 1, 4}, self_compressing(), 1);
  const std::unique_ptr<Method> method = SelfCompressConfig().make();
  method->start(network);
  set_row(network, "0.linear", 2, 0, 0.5f);
  const Tensor images = random_tensor({6, 1, 1, 4});
  const Tensor before = logits_of(network, images);
  method->finish(network);
  CHECK(network.nodes().size() == 3);
  CHECK(network.nodes()[0].channels == std::vector<int>{0, 1, 3, 4});
  CHECK(difference(before, logits_of(network, images)) < 0.05);  // exponents and biases are rounded
}

TEST_CASE("self-compress: finishing goes on until nothing more can leave") {
  // The constant 8 that channel 0 hands on makes the steps of the next layer's biases so large that the bias
  // of its dead channel, which the padded convolution keeps, becomes zero.
  Network network(layers_of(padded_reader(R"({"layer": "conv2d", "channels": 2, "kernel": 1}, )")), {4, 4, 1},
                  self_compressing(), 1);
  const std::unique_ptr<Method> method = SelfCompressConfig().make();
  method->start(network);
  set_row(network, "0.conv2d", 0, 0, 8);
  set_row(network, "1.conv2d", 0, 1, 0);
  set_row(network, "1.conv2d", 1, 0, 0.001f);
  method->finish(network);
  CHECK(network.nodes()[0].channels == std::vector<int>{1, 2});
  CHECK(network.nodes()[1].channels == std::vector<int>{0});
}

TEST_CASE(
    "self-compress: sixteen bits of the paper's levels fit the file, whatever a channel's sign becomes") {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    LayerList list = layers_of(R"([{"layer": "linear", "features": 8}, {"layer": "batch_norm"},
                                   {"layer": "linear", "features": 3}])");
    Network network(list, {1, 1, 20}, self_compressing(16, Levels::Paper), seed);
    SelfCompressConfig config;
    config.levels = Levels::Paper;
    const std::unique_ptr<Method> method = config.make();
    method->start(network);
    for (float& gamma : parameter(network, "1.batch_norm.gamma").value.floats()) gamma = -1.3f;
    for (float& e : parameter(network, "0.linear.weight.exponents").value.floats()) e -= 1;  // clips weights
    method->finish(network);
    const Spec info{"test", {"a", "b", "c"}, {std::vector<float>(20, 0), std::vector<float>(20, 1)}};
    CHECK_NOTHROW(pack_model(info, network));
  }
}
