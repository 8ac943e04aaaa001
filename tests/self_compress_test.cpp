// What self-compression does to a network after each step.
#include "compress/self_compress.h"

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
