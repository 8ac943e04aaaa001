// Little networks and images for the tests.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "compress/self_compression/self_compressing_weight.h"
#include "framework/base/rng.h"
#include "framework/config/config.h"
#include "layers/network/executor.h"
#include "layers/weights/dense_weight.h"

namespace pare {

// A list of layers written as in a config: layers_of(R"([{"layer": "relu"}])").
inline LayerList layers_of(const std::string& json) {
  return read_config<Layers>(parse_json("{\"network\": " + json + "}", "test"), "test").layers;
}

inline const WeightMaker& dense() {
  static const WeightMaker maker = dense_weights(Initialiser::HeNormal);
  return maker;
}

inline WeightMaker self_compressing(double bits = 6, Levels levels = Levels::Symmetric) {
  return [=](const WeightSite& site) {
    return std::make_unique<SelfCompressingWeight>(site, Initialiser::HeNormal,
                                                   QuantiserOptions{levels, bits});
  };
}

inline Tensor random_tensor(const Shape& shape, uint64_t seed = 1) {
  Rng rng(seed, "test");
  Tensor tensor(shape);
  for (float& x : tensor.floats()) x = rng.normal();
  return tensor;
}

// The scores (N,K) in evaluation mode.
inline Tensor logits_of(Network& network, const Tensor& images) {
  return Executor(network, DType::F32).run(images);
}

// The largest difference, relative to the largest number; NaN, which is below no bound, when there is one.
inline double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double largest = 0, scale = 0;
  const auto raise = [](double& bound, double value) {
    if (!(value <= bound) && !std::isnan(bound)) bound = value;
  };
  for (int64_t i = 0; i < a.size(); ++i) {
    raise(largest, std::fabs(double{a.data<float>()[i]} - b.data<float>()[i]));
    raise(scale, std::fabs(double{a.data<float>()[i]}));
  }
  return largest / scale;
}

inline Parameter& parameter(Network& network, std::string_view name) {
  Parameter* found = nullptr;
  network.visit([&](Parameter& p) {
    if (p.name == name) found = &p;
  });
  check(found != nullptr, "test: there is no parameter ", name);
  return *found;
}

inline std::vector<float> numbers(const Tensor& tensor) {
  const auto floats = tensor.floats();
  return {floats.begin(), floats.end()};
}

inline const char* const kLenet5 = R"([
  {"layer": "conv2d", "channels": 20, "kernel": 5}, {"layer": "max_pool"}, {"layer": "relu"},
  {"layer": "conv2d", "channels": 50, "kernel": 5}, {"layer": "max_pool"}, {"layer": "relu"}, {"layer": "flatten"},
  {"layer": "linear", "features": 500}, {"layer": "relu"}, {"layer": "linear", "features": 10}])";

inline const char* const kLenet300 = R"([
  {"layer": "flatten"}, {"layer": "linear", "features": 300}, {"layer": "relu"},
  {"layer": "linear", "features": 100}, {"layer": "relu"}, {"layer": "linear", "features": 10}])";

}  // namespace pare
