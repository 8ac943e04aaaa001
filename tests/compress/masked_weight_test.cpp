// Masked weights stay exactly zero, whatever moves the others, and packed models keep them for next to
// nothing.
#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "compress/lottery/masked_weight.h"
#include "compress/packed/packed_model.h"
#include "compress/removal.h"
#include "framework/autograd/ops.h"
#include "framework/base/rng.h"
#include "layers/mixing/linear.h"
#include "layers/network/executor.h"
#include "optim/rules/adam.h"
#include "optim/rules/sgd.h"

using namespace pare;

namespace {

LayerList linear_layers(std::vector<int> features) {
  LayerList list;
  for (const int outputs : features) {
    if (!list.empty()) list.push_back(choose(layer_table(), "relu"));
    auto linear = choose(layer_table(), "linear");
    dynamic_cast<LinearConfig&>(*linear).features = outputs;
    list.push_back(std::move(linear));
  }
  return list;
}

Network masked_network(const LayerList& list, const Extent& images, uint64_t seed = 1) {
  return {list, images, MaskedConfig().make()->weights(Initialiser::GlorotNormal), seed};
}

Tensor random_mask(const Shape& shape, float density, uint64_t seed) {
  Tensor mask(shape);
  Rng rng(seed, "mask");
  for (float& m : mask.floats()) m = rng.uniform() < density ? 1.0f : 0.0f;
  return mask;
}

void train(Network& network, Optimizers& optimizers, int steps) {
  std::vector<Parameter*> parameters;
  network.visit([&](Parameter& p) {
    if (!p.is(ParameterTag::Statistic)) parameters.push_back(&p);
  });
  for (int step = 0; step < steps; ++step) {
    Rng rng(5, "images", static_cast<uint64_t>(step));
    Tensor images({8, 1, 1, 6});
    for (float& x : images.floats()) x = rng.normal();
    std::vector<int32_t> labels;
    for (int i = 0; i < 8; ++i) labels.push_back(static_cast<int32_t>(rng.below(4)));
    Tape tape;
    Pass pass{tape, Mode::Train, DType::F32, 1, static_cast<uint64_t>(step)};
    const Var loss = cross_entropy(tape, network.forward(images, pass), labels);
    tape.backward(loss);
    optimizers.step(parameters, 1);
  }
}

bool same_bits(std::span<const float> a, std::span<const float> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) {
    return std::bit_cast<uint32_t>(x) == std::bit_cast<uint32_t>(y);
  });
}

}  // namespace

TEST_CASE("masked weight: stays exactly zero through 1,000 steps of every optimiser") {
  SgdConfig nesterov;
  nesterov.lr = 0.05;
  nesterov.weight_decay = 1e-2;
  nesterov.nesterov = true;
  SgdConfig momentum = nesterov;
  momentum.nesterov = false;
  AdamConfig adam(Decay::L2), adamw(Decay::Decoupled);
  adam.lr = adamw.lr = 0.01;
  adam.weight_decay = adamw.weight_decay = 1e-2;
  for (const OptimizerConfig* config :
       std::initializer_list<const OptimizerConfig*>{&nesterov, &momentum, &adam, &adamw}) {
    Network network = masked_network(linear_layers({10, 4}), {1, 1, 6});
    Optimizers optimizers;
    optimizers.add({ParameterTag::Weight, ParameterTag::Bias}, config->make());
    train(network, optimizers, 20);  // slots that know the weights before they are masked
    std::vector<std::vector<float>> before;
    for (const MaskedLayer& layer : masked_layers(network)) {
      layer.weight->set_mask(random_mask(layer.weight->shape(), 0.5f, 3));
      before.emplace_back(layer.weight->value().value.floats().begin(),
                          layer.weight->value().value.floats().end());
    }
    train(network, optimizers, 1000);
    size_t next = 0;
    for (const MaskedLayer& layer : masked_layers(network)) {
      const std::vector<float>& start = before[next++];
      int64_t moved = 0;
      for (int64_t i = 0; i < layer.weight->mask().size(); ++i) {
        const bool masked = layer.weight->mask().data<float>()[i] == 0.0f;
        const Parameter& value = layer.weight->value();
        if (masked) {
          CHECK(value.value.data<float>()[i] == 0.0f);
          for (const Tensor& slot : value.slots) CHECK(slot.data<float>()[i] == 0.0f);
        } else {
          moved += value.value.data<float>()[i] != start[static_cast<size_t>(i)] ? 1 : 0;
        }
      }
      CHECK(moved == layer.weight->left());  // and the others do learn
    }
  }
}

TEST_CASE("masked weight: a mask clears even what is not finite, and lost weights come back as zero") {
  Network network = masked_network(linear_layers({2}), {1, 1, 2});
  network.visit([](Parameter& p) {
    if (p.is(ParameterTag::Weight))
      p.value = Tensor::of(p.value.shape(), std::vector<float>{INFINITY, NAN, -3, 4});
  });
  MaskedWeight& weight = *masked_layers(network)[0].weight;
  weight.set_mask(Tensor::of(weight.shape(), std::vector<float>{0, 0, 0, 1}));
  CHECK(same_bits(weight.value().value.floats(), std::vector<float>{0, 0, 0, 4}));
  CHECK(weight.dead_outputs() == std::vector<bool>{true, false});
  weight.set_mask(Tensor::full(weight.shape(), 1.0f));
  CHECK(same_bits(weight.value().value.floats(), std::vector<float>{0, 0, 0, 4}));
}

TEST_CASE("packed model: masked weights come back bit for bit and cost little more than the survivors") {
  LayerList list = linear_layers({120, 10});
  const Extent images{8, 8, 1};
  const Spec info{"mnist", std::vector<std::string>(10, "digit"), {{0}, {1}}};
  Network network = masked_network(list, images);
  const size_t dense_bytes = pack_model(info, network).size();
  const std::vector<MaskedLayer> layers = masked_layers(network);
  for (const MaskedLayer& layer : layers)
    layer.weight->set_mask(random_mask(layer.weight->shape(), 0.05f, 9));
  network.visit([](Parameter& p) {  // what a careless coder loses
    float* const w = p.value.data<float>();
    if (p.name == "0.linear.weight") {
      w[3] = -0.0f;
      w[4] = std::numeric_limits<float>::denorm_min();
      w[5] = -std::numeric_limits<float>::infinity();
    }
  });
  const std::vector<uint8_t> bytes = pack_model(info, network);
  PackedModel read = unpack_model(bytes, "model");
  for (size_t i = 0; i < layers.size(); ++i) {
    const Tensor values = materialise(read.network->nodes()[i == 0 ? 0 : 2].layer->weight()->code());
    CHECK(same_bits(values.floats(), layers[i].weight->value().value.floats()));
  }
  const int64_t weights = 64 * 120 + 120 * 10;
  const auto left = static_cast<size_t>(layers[0].weight->left() + layers[1].weight->left());
  CHECK(dense_bytes > 4 * weights);
  const double position_bits = 0.29 * static_cast<double>(weights);  // entropy of one in twenty
  CHECK(static_cast<double>(bytes.size()) < 4.0 * static_cast<double>(left) + position_bits * 1.05 / 8 + 300);
}

TEST_CASE(
    "masked weight: units without inputs or readers leave the packed network, which computes the same") {
  LayerList list = linear_layers({6, 5, 3});
  Network network = masked_network(list, {1, 1, 4});
  network.visit([](Parameter& p) {
    if (p.is(ParameterTag::Bias)) p.value.fill(0.25f);
  });
  const std::vector<MaskedLayer> layers = masked_layers(network);
  Tensor first = Tensor::full(layers[0].weight->shape(), 1.0f),
         second = Tensor::full(layers[1].weight->shape(), 1.0f);
  for (int i = 0; i < 4; ++i) first.data<float>()[2 * 4 + i] = 0;   // neuron 2 has no input
  for (int o = 0; o < 5; ++o) second.data<float>()[o * 6 + 4] = 0;  // neuron 4 has no reader
  layers[0].weight->set_mask(first);
  layers[1].weight->set_mask(second);
  const Tensor images = Tensor::of({2, 1, 1, 4}, std::vector<float>{1, -2, 3, 0.5f, -1, 0, 2, 1});
  const auto scores = [&] { return Executor(network, DType::F32).run(images); };
  const Tensor before = scores();
  CHECK(remove_dead_channels(network, Dead::AsItIs) == 2);
  CHECK(network.nodes()[0].channels == std::vector<int>{0, 1, 3, 5});
  const Tensor after = scores();
  for (int64_t i = 0; i < before.size(); ++i)
    CHECK(after.data<float>()[i] == doctest::Approx(before.data<float>()[i]).epsilon(1e-5));
}
