// A method: dense weights that are rounded to multiples of 1/16 after each step.
#include <doctest/doctest.h>

#include <cmath>

#include "compress/method.h"
#include "layers/weights/dense_weight.h"
#include "optim/schedules.h"
#include "tests/support/trained_net.h"

namespace pare {
namespace {

class Sixteenths : public Method {
 public:
  WeightMaker weights(Initialiser initialiser) const override { return dense_weights(initialiser); }
  void after_step(Network& network, const Position&) override {
    network.visit([](Parameter& p) {
      if (!p.is(ParameterTag::Weight)) return;
      for (float& weight : p.value.floats()) weight = std::round(16 * weight) / 16;
    });
  }
};

TEST_CASE("example: a method's weights are what it makes of them, step after step") {
  Sixteenths method;
  Network network(layers_of(R"([{"layer": "linear", "features": 4}])"), {8, 8, 3},
                  method.weights(Initialiser::HeNormal), 1);
  const Classification task;
  Optimizers optimizers;
  optimizers.add({ParameterTag::Weight, ParameterTag::Bias}, choose(optimizer_table(), "adam")->make());
  Trainer trainer(network, task, method, std::move(optimizers), DType::F32, 1);
  TrainingState state;
  for (uint64_t step = 0; step < 3; ++step) {
    trainer.step(images_of(step, 32), {state.step, 3, 3}, FixedFactor(100), state);
    for (const float weight : parameter(network, "0.linear.weight").value.floats())
      CHECK(16 * weight == std::round(16 * weight));
  }
  CHECK(state.images == 96);
}

}  // namespace
}  // namespace pare
