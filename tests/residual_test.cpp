// Networks with shortcuts: shapes, fused batch norm, and channels that leave the sums they take part in.
#include <doctest/doctest.h>

#include <cmath>

#include "compress/packed/packed_model.h"
#include "compress/removal.h"
#include "compress/self_compress.h"
#include "compress/size_loss.h"
#include "compress/snap.h"
#include "framework/autograd/ops.h"
#include "framework/base/rng.h"
#include "framework/config/config.h"
#include "framework/data/batches.h"
#include "layers/dense_weight.h"
#include "layers/network.h"

using namespace pare;

namespace {

constexpr const char* kResidualNet = R"({"network": [
  {"layer": "conv2d", "channels": 12, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
  {"layer": "residual", "body": [
    {"layer": "conv2d", "channels": 12, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 12, "padding": 1, "bias": false}, {"layer": "batch_norm"}]},
  {"layer": "relu"},
  {"layer": "residual", "body": [
    {"layer": "conv2d", "channels": 16, "stride": 2, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 16, "padding": 1, "bias": false}, {"layer": "batch_norm"}],
   "shortcut": [{"layer": "conv2d", "channels": 16, "kernel": 1, "stride": 2, "bias": false}, {"layer": "batch_norm"}]},
  {"layer": "relu"}, {"layer": "global_average_pool"}, {"layer": "linear", "features": 4}]})";

struct Layers {
  LayerList layers;
  void describe(Fields& fields) {
    fields.variants("network", layers, layer_table(), "layers", Need::Required);
  }
};

LayerList residual_layers() {
  return std::move(read_config<Layers>(parse_json(kResidualNet, "test"), "test").layers);
}

// Four classes: the brightest quadrant.
Batch images_of(uint64_t index, int count) {
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

Tensor scores_of(Network& network, const Tensor& images) {
  Tape off(Recording::Off);
  Pass pass{off, Mode::Evaluate, DType::F32, 0, 0};
  return network.forward(images, pass).value;
}

void check_same(const Tensor& a, const Tensor& b, float tolerance) {
  REQUIRE(a.shape() == b.shape());
  for (int64_t i = 0; i < a.size(); ++i)
    CHECK(std::fabs(a.data<float>()[i] - b.data<float>()[i]) <=
          tolerance * std::max(1.0f, std::fabs(a.data<float>()[i])));
}

struct Trained {
  LayerList layers = residual_layers();
  SelfCompressConfig config;
  std::unique_ptr<Method> method;
  std::unique_ptr<Network> network;
  Optimizers optimizers;
  int64_t step = 0;

  explicit Trained(double gamma) {
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
    optimizers.add({ParameterKind::Weight, ParameterKind::Bias, ParameterKind::Normalisation},
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
      const Var task = cross_entropy(tape, network->forward(batch.images, pass), batch.labels);
      const Var total = method->loss(tape, *network, task, position);
      loss = total.value.item();
      tape.backward(total);
      optimizers.step(parameters, 1.0);
      ++step;
      method->after_step(*network, {step, 1000, 100});
    }
    return loss;
  }
};

}  // namespace

TEST_CASE("residual: batch norm, add and relu in one loop give what they give one by one") {
  Network network(residual_layers(), {8, 8, 3}, dense_weights(Initialiser::HeNormal), 3);
  const Batch batch = images_of(0, 5);
  for (const Mode mode : {Mode::Train, Mode::Evaluate}) {
    Tape off(Recording::Off);
    Pass pass{off, mode, DType::F32, 0, 0};
    const Tensor fused = network.forward(batch.images, pass).value;
    std::vector<Var> values;
    for (const Network::Node& node : network.nodes()) {
      std::vector<Var> inputs;
      for (const int i : node.inputs)
        inputs.push_back(i == Network::kImages ? Tape::constant(batch.images) : values[i]);
      values.push_back(node.layer->forward(inputs, pass));
    }
    check_same(fused, values.back().value.reshaped(fused.shape()), 1e-5f);
  }
}

TEST_CASE(
    "residual: a body that does not fit its shortcut is an error that names the layer and both shapes") {
  auto layers = read_config<Layers>(parse_json(R"({"network": [{"layer": "residual", "body": [
      {"layer": "conv2d", "channels": 5, "padding": 1}]}, {"layer": "linear", "features": 4}]})",
                                               "test"),
                                    "test");
  CHECK_THROWS_WITH_AS(Network(layers.layers, {8, 8, 3}, dense_weights(Initialiser::HeNormal), 1),
                       doctest::Contains("layer 0.residual adds a body of (8,8,5) to a shortcut of (8,8,3)"),
                       Error);
}

TEST_CASE("residual: channels leave a trained net with shortcuts, its scores stay, and it trains on") {
  Trained run(0.3);
  run.train(400);
  for (int round = 0; round < 3; ++round) {
    const Batch batch = images_of(99999, 16);
    const Tensor before = scores_of(*run.network, batch.images);
    const int64_t weights = run.network->weight_count();
    const int removed = remove_dead_channels(*run.network, Dead::ForGood);
    MESSAGE("round " << round << ": " << removed << " channels went, " << weights << " -> "
                     << run.network->weight_count() << " weights");
    if (round == 0) CHECK(removed > 0);
    // Constants folded into biases are summed in another order.
    check_same(before, scores_of(*run.network, batch.images), 2e-5f);
    run.network->visit([](Parameter& p) {
      for (const Tensor& slot : p.slots) CHECK(slot.shape() == p.value.shape());
    });
    CHECK(std::isfinite(run.train(100)));
  }
}

TEST_CASE("residual: a finished net packs and comes back bit for bit, streams included") {
  Trained run(0.3);
  run.train(400);
  remove_dead_channels(*run.network, Dead::ForGood);
  run.train(50);
  run.method->finish(*run.network);
  const ModelInfo info{"test", {"a", "b", "c", "d"}, {{0, 0, 0}, {1, 1, 1}}};
  const std::vector<uint8_t> bytes = pack_model(info, run.layers, *run.network);
  const PackedModel model = unpack_model(bytes, "test");
  const Batch batch = images_of(7, 9);
  const Tensor expected = scores_of(*run.network, batch.images),
               got = scores_of(*model.network, batch.images);
  for (int64_t i = 0; i < expected.size(); ++i) CHECK(expected.data<float>()[i] == got.data<float>()[i]);
}

TEST_CASE("network: a copy has the same state and none of the original's memory") {
  Trained run(0.3);
  run.train(60);
  remove_dead_channels(*run.network, Dead::ForGood);
  const Batch batch = images_of(3, 4);
  const Tensor before = scores_of(*run.network, batch.images);
  const auto copy = run.network->copy(run.layers, run.method->weights(Initialiser::HeNormal));
  const Tensor copied = scores_of(*copy, batch.images);
  run.method->finish(*copy);
  const Tensor after = scores_of(*run.network, batch.images);
  for (int64_t i = 0; i < before.size(); ++i) {
    CHECK(copied.data<float>()[i] == before.data<float>()[i]);
    CHECK(after.data<float>()[i] == before.data<float>()[i]);
  }
}
