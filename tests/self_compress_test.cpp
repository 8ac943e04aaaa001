// What self-compression does to a network after each step.
#include "compress/self_compress.h"

#include <cmath>

#include "tests/network_fixtures.h"

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
      if (p.kind == ParameterKind::Bits) p.value = Tensor::zeros(p.value.shape());
      if (p.kind == ParameterKind::Bias) p.value = Tensor::full(p.value.shape(), 0.5f);
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
        if (p.kind == ParameterKind::Bits) p.value = Tensor::zeros(p.value.shape());
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
