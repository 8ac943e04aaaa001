// A small self-compressing network on made-up images, trained step by step.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "compress/self_compression/self_compress.h"
#include "framework/autograd/ops.h"
#include "framework/data/batches.h"
#include "tests/support/network_fixtures.h"

namespace pare {

// Four classes: the brightest quadrant.
inline Batch images_of(uint64_t index, int count) {
  Rng rng(5, "images", index);
  Batch batch{Tensor({count, 8, 8, 3}), {}};
  for (int n = 0; n < count; ++n) {
    const auto label = static_cast<int32_t>(rng.below(4));
    batch.labels.push_back(label);
    for (int i = 0; i < 8 * 8 * 3; ++i) {
      const int y = i / 24, x = i / 3 % 8;
      const bool bright = y / 4 == label / 2 && x / 4 == label % 2;
      batch.images.data<float>()[n * 192 + i] = rng.normal() + (bright ? 1.5f : 0.0f);
    }
  }
  return batch;
}

inline void check_same(const Tensor& a, const Tensor& b, float tolerance) {
  REQUIRE(a.shape() == b.shape());
  for (int64_t i = 0; i < a.size(); ++i)
    CHECK(std::fabs(a.data<float>()[i] - b.data<float>()[i]) <=
          tolerance * std::max(1.0f, std::fabs(a.data<float>()[i])));
}

struct Trained {
  LayerList layers;
  SelfCompressConfig config;
  std::unique_ptr<Method> method;
  std::unique_ptr<Network> network;
  Optimizers optimizers;
  int64_t step = 0;

  // Images are (8,8,3), with four classes.
  Trained(const std::string& description, double gamma) : layers(layers_of(description)) {
    config.gamma = gamma;
    config.bits = 4;
    config.remove_every = 1 << 20;  // the tests remove by hand
    config.bias_l1 = 0.02;
    method = config.make();
    network = std::make_unique<Network>(layers, Extent{8, 8, 3}, method->weights(Initialiser::HeNormal), 1);
    method->start(*network);
    method->add_optimizers(optimizers);
    add_adam();
  }
  void add_adam() {
    optimizers.add(
        {ParameterKind::Weight, ParameterKind::Bias, ParameterKind::Normalisation, ParameterKind::Gate},
        choose(optimizer_table(), "adam")->make());
  }
  double train(int steps) {
    std::vector<Parameter*> parameters;
    network->visit([&](Parameter& p) {
      if (p.kind != ParameterKind::Statistic) parameters.push_back(&p);
    });
    double loss = 0;
    for (int i = 0; i < steps; ++i) {
      const Batch batch = images_of(static_cast<uint64_t>(step), 32);
      const Position position{step, 1000, 100};
      Tape tape;
      Pass pass{tape, Mode::Train, DType::F32, 1, static_cast<uint64_t>(step)};
      method->prepare(pass);
      const Var task = cross_entropy(tape, network->forward(batch.images, pass), batch.labels);
      const Var total = method->loss(pass, *network, task, position);
      loss = total.value.item();
      tape.backward(total);
      optimizers.step(parameters, 1.0);
      ++step;
      method->after_step(*network, {step, 1000, 100});
    }
    return loss;
  }
};

}  // namespace pare
