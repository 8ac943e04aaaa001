// A small self-compressing network on made-up images, trained step by step.
#pragma once

#include <doctest/doctest.h>
#include <algorithm>

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compress/self_compression/self_compress.h"
#include "framework/data/batches/batches.h"
#include "tests/support/network_fixtures.h"
#include "train/task/classification.h"
#include "train/trainer.h"

namespace pare {

// Four classes: the brightest quadrant.
inline Batch images_of(uint64_t index, int count) {
  Rng rng(5, "images", index);
  Batch batch{Tensor({count, 8, 8, 3}), {}, {}};
  for (int n = 0; n < count; ++n) {
    const auto label = static_cast<int32_t>(rng.below(4));
    batch.classes.push_back(label);
    for (int i = 0; i < 8 * 8 * 3; ++i) {
      const int y = i / 24, x = i / 3 % 8;
      const bool bright = y / 4 == label / 2 && x / 4 == label % 2;
      batch.inputs.data<float>()[n * 192 + i] = rng.normal() + (bright ? 1.5f : 0.0f);
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
  Classification task;
  std::optional<Trainer> trainer;
  TrainingState state;

  // Images are (8,8,3), with four classes.
  Trained(const std::string& description, double gamma) : layers(layers_of(description)) {
    config.gamma = gamma;
    config.bits = 4;
    config.remove_every = 1 << 20;  // the tests remove by hand
    config.bias_l1 = 0.02;
    method = config.make();
    network = std::make_unique<Network>(layers, Extent{8, 8, 3}, method->weights(Initialiser::HeNormal), 1);
    method->start(*network);
    Optimizers optimizers;
    method->add_optimizers(optimizers);
    optimizers.add(
        {ParameterTag::Weight, ParameterTag::Bias, ParameterTag::Normalisation, ParameterTag::Gate},
        choose(optimizer_table(), "adam")->make());
    trainer.emplace(*network, task, *method, std::move(optimizers), DType::F32, 1);
  }
  // Returns the loss of the last step.
  double train(int steps) {
    double before = 0;
    for (int i = 0; i < steps; ++i) {
      before = state.loss_sum;
      trainer->step(images_of(static_cast<uint64_t>(state.step), 32), {state.step, 1000, 100},
                    *choose(schedule_table(), "constant"), state);
    }
    return (state.loss_sum - before) / 32;
  }
};

}  // namespace pare
