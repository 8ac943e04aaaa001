// Executor: the bits of Network::forward in evaluation, each weight asked for once, and no tape behind it.
#include "layers/network/executor.h"

#include <cmath>
#include <cstring>

#include "compress/lottery/masked_weight.h"
#include "compress/method.h"
#include "compress/packed/packed_model.h"
#include "layers/channelwise/channelwise.h"
#include "tests/support/bf16.h"
#include "tests/support/network_fixtures.h"

using namespace pare;

namespace {

// A layer of each kind that knows modes or weights, fused and not.
const char* const kNet = R"([
  {"layer": "conv2d", "channels": 8, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
  {"layer": "dropout", "rate": 0.3, "name": "stem"},
  {"layer": "residual", "name": "sum",
   "body": [{"layer": "gate"}, {"layer": "conv2d", "channels": 8, "padding": 1}, {"layer": "batch_norm"}],
   "shortcut": [{"layer": "gate"}]},
  {"layer": "relu", "name": "wide"},
  {"layer": "conv2d", "channels": 8, "kernel": 1, "groups": 0, "inputs": ["stem"], "name": "narrow"},
  {"layer": "concat", "inputs": ["wide", "narrow"]}, {"layer": "conv2d", "channels": 6, "groups": 2},
  {"layer": "max_pool"}, {"layer": "flatten"}, {"layer": "linear", "features": 12}, {"layer": "relu"},
  {"layer": "linear", "features": 4}])";
constexpr int kWeights = 8;  // of its convolutions, gates and linear layers

// With biases and statistics that are not those of a new network.
Network network_of(const WeightMaker& weights) {
  Network network(layers_of(kNet), {8, 8, 3}, weights, 1);
  network.visit([](Parameter& p) {
    if (p.is(ParameterTag::Bias) || p.name.find("batch_norm") != std::string::npos) {
      const Tensor noise = random_tensor(p.value.shape(), 3);
      for (int64_t i = 0; i < noise.size(); ++i)
        p.value.data<float>()[i] += 0.3f * std::fabs(noise.data<float>()[i]);
    }
  });
  return network;
}

Tensor images_of(int64_t count, DType dtype) { return random_tensor({count, 8, 8, 3}, 7).to(dtype); }

void check_runs_as_forward(Network& network, DType dtype) {
  const Executor executor(network, dtype);
  for (const int64_t count : {5, 2}) {
    const Tensor images = images_of(count, dtype);
    Tape tape;
    Pass pass{tape, Mode::Evaluate, dtype};
    const Tensor expected = network.forward(images, pass).value, outputs = executor.run(images);
    REQUIRE(outputs.shape() == Shape{count, 4});
    REQUIRE(outputs.dtype() == expected.dtype());
    CHECK(std::memcmp(outputs.raw(), expected.raw(), expected.bytes()) == 0);
  }
}

class CountingWeight : public DenseWeight {
 public:
  CountingWeight(const WeightSite& site, int& asked)
      : DenseWeight(site, Initialiser::HeNormal), asked_(asked) {}
  Var effective(Pass& pass) override {
    ++asked_;
    return DenseWeight::effective(pass);
  }

 private:
  int& asked_;
};

// What a layer is given, in the place of a layer.
struct Seen {
  int passes = 0, recorded = 0;
  bool wanted = false, training = false;
};

class Probe : public ChannelwiseLayer {
 public:
  Probe(const Site& site, Seen& seen) : ChannelwiseLayer(site.input()), seen_(seen) {}
  Var apply(const Var& x, Pass& pass) override {
    ++seen_.passes;
    seen_.recorded += pass.tape.recorded();
    seen_.wanted = seen_.wanted || x.needs_grad();
    seen_.training = seen_.training || pass.mode == Mode::Train;
    return x;
  }

 private:
  Seen& seen_;
};

struct ProbeConfig : LayerConfig {
  Seen* seen = nullptr;
  std::unique_ptr<Layer> build(const Site& site) const override {
    return std::make_unique<Probe>(site, *seen);
  }
};

}  // namespace

TEST_CASE("executor: the bits of forward, whatever the weights, in f32 and bf16, at two batch sizes") {
  const WeightMaker masked = MaskedConfig().make()->weights(Initialiser::HeNormal);
  for (const WeightMaker& weights : {dense(), self_compressing(3), masked}) {
    Network network = network_of(weights);
    for (const DType dtype : precisions()) check_runs_as_forward(network, dtype);
  }
}

TEST_CASE("executor: the bits of forward of a network out of a model file") {
  const auto method = choose(method_table(), "self_compress")->make();
  Network network = network_of(method->weights(Initialiser::HeNormal));
  method->start(network);
  method->finish(network);
  const Spec spec{"test", {"a", "b", "c", "d"}, {{0, 0, 0}, {1, 1, 1}}};
  const PackedModel model = unpack_model(pack_model(spec, network), "test");
  for (const DType dtype : precisions()) check_runs_as_forward(*model.network, dtype);
}

TEST_CASE("executor: each weight is asked for once, not once a batch") {
  int asked = 0;
  Network network =
      network_of([&](const WeightSite& site) { return std::make_unique<CountingWeight>(site, asked); });
  const Executor executor(network, DType::F32);
  for (int batch = 0; batch < 3; ++batch) executor.run(images_of(2, DType::F32));
  CHECK(asked == kWeights);
  Tape tape(Recording::Off);
  Pass pass{tape, Mode::Evaluate};
  network.forward(images_of(2, DType::F32), pass);
  CHECK(asked == 2 * kWeights);
}

TEST_CASE("executor: nothing is recorded and nothing kept") {
  Seen seen;
  LayerList layers = layers_of(R"([{"layer": "conv2d", "channels": 3}, {"layer": "linear", "features": 4}])");
  Variant<LayerConfig> probe(Choice<LayerConfig>(RowOf<ProbeConfig>{"probe", ""}));
  dynamic_cast<ProbeConfig&>(*probe).seen = &seen;
  layers.insert(layers.begin() + 1, probe);
  Network network(layers, {8, 8, 3}, self_compressing(), 1);
  const Executor executor(network, DType::F32);
  const Tensor images = images_of(2, DType::F32), outputs = executor.run(images);
  CHECK(seen.passes == 1);
  CHECK(seen.recorded == 0);
  CHECK_FALSE(seen.wanted);
  CHECK_FALSE(seen.training);
  CHECK(images.sole_owner());
  CHECK(outputs.sole_owner());
  network.visit([](const Parameter& p) {
    CHECK_MESSAGE(p.value.sole_owner(), p.name);
    CHECK_MESSAGE(!p.grad, p.name);
  });
}

TEST_CASE("executor: inputs of another data type are refused") {
  Network network = network_of(dense());
  CHECK_THROWS_WITH_AS(Executor(network, DType::BF16).run(images_of(2, DType::F32)),
                       doctest::Contains("executor: inputs in f32 instead of bf16"), Error);
}
