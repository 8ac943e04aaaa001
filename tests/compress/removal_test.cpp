#include "compress/removal.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "compress/self_compression/self_compress.h"
#include "framework/parallel/context.h"
#include "tests/support/data_fixtures.h"
#include "tests/support/network_fixtures.h"
#include "train/task/classification.h"
#include "train/trainer.h"

using namespace pare;

namespace {

constexpr int kClasses = 4;
constexpr Extent kImages{14, 14, 1};

const char* const kSequential = R"([
  {"layer": "conv2d", "channels": 6, "kernel": 3}, {"layer": "max_pool"}, {"layer": "relu"},
  {"layer": "conv2d", "channels": 8, "kernel": 3}, {"layer": "max_pool"}, {"layer": "relu"}, {"layer": "flatten"},
  {"layer": "linear", "features": 12}, {"layer": "relu"}, {"layer": "linear", "features": 4}])";

// A bright square whose corner says the class, over noise.
ImageSet squares(int count) {
  ImageSet set{kImages.height, kImages.width, 1, noise(static_cast<size_t>(count) * 196), {}};
  for (int i = 0; i < count; ++i) {
    const int label = i % kClasses;
    set.labels.push_back(static_cast<uint8_t>(label));
    for (uint8_t& pixel : std::span(set.pixels).subspan(i * 196, 196)) pixel /= 4;
    for (int y = 0; y < 5; ++y)
      for (int x = 0; x < 5; ++x)
        set.pixels[i * 196 + (y + (label / 2) * 8) * 14 + x + (label % 2) * 8] = 250;
  }
  return set;
}

// A self-compressing network in the middle of its training, with what trains it.
class Trainee {
 public:
  explicit Trainee(const std::string& layers)
      : images_(squares(80)),
        batches_(images_, all(), measure(images_, all()), 16, LastBatch::Drop, {}, 1),
        network_(layers_of(layers), kImages, method_->weights(Initialiser::HeNormal), 1) {
    method_->start(network_);
  }

  // Trains so many steps more; returns the mean loss of the last epoch.
  double train(int64_t steps) {
    struct Watch : Hook {
      double loss = 0;
      void after_epoch(int64_t, const TrainingState& s) override {
        loss = s.task_loss_sum / static_cast<double>(s.images);
      }
    } watch;
    Optimizers optimizers;
    method_->add_optimizers(optimizers);
    optimizers.add({ParameterTag::Weight, ParameterTag::Bias}, choose(optimizer_table(), "adam")->make());
    const Classification task;
    Trainer trainer(network_, task, *method_, std::move(optimizers), DType::F32, 1);
    trainer.add(watch);
    trainer.run(batches_, *choose(schedule_table(), "constant"), state_, state_.step + steps,
                [] { return false; });
    return watch.loss;
  }

  Network& network() { return network_; }
  Tensor logits() { return logits_of(network_, batches_.get(0, 0).inputs); }

  // Makes a channel one of zero bits with this bias.
  void kill(const std::string& layer, int channel, float bias) {
    parameter(network_, layer + ".weight.bits").value.data<float>()[channel] = 0;
    parameter(network_, layer + ".bias").value.data<float>()[channel] = bias;
  }
  std::vector<int> channels(int node) const { return network_.nodes()[node].channels; }

 private:
  std::vector<int> all() const {
    std::vector<int> indices(images_.count());
    for (int i = 0; i < images_.count(); ++i) indices[i] = i;
    return indices;
  }
  static SelfCompressConfig settings() {
    SelfCompressConfig config;
    config.bits_lr = 0.02;  // depths that move, but die only at the tests' hands
    return config;
  }

  ImageSet images_;
  Batches batches_;
  std::unique_ptr<Method> method_ = settings().make();
  Network network_;
  TrainingState state_;
};

void check_consistent(Network& network) {
  network.visit([](Parameter& p) {
    CAPTURE(p.name);
    CHECK(!p.slots.empty());
    for (const Tensor& slot : p.slots) CHECK(slot.shape() == p.value.shape());
    if (p.grad) CHECK(p.grad.shape() == p.value.shape());
  });
  for (const Network::Node& node : network.nodes()) {
    CHECK(static_cast<int>(node.channels.size()) == node.layer->output().channels);
    Weight* const weight = node.layer->weight();
    if (weight == nullptr) continue;
    const Extent in =
        node.input() == Network::kImages ? network.images() : network.nodes()[node.input()].layer->output();
    CHECK(weight->shape()[0] == static_cast<int64_t>(node.channels.size()));
    CHECK(weight->shape()[3] == in.channels);
    CHECK(weight->bits()->value.shape() == Shape{weight->shape()[0]});
    CHECK(node.layer->bias()->value.shape() == Shape{weight->shape()[0]});
  }
}

// Where logits may move, and why. A convolution adds its input channels one after the other, so a zero that
// leaves between two convolutions changes no bit. A linear layer's product is summed in groups whose size
// depends on how long the sum is, so taking zeros out regroups the other addends; a constant folded into a
// bias is summed on its own and rounded once more; and a layer left with a single channel is computed by
// another kernel. All stay below this.
constexpr double kReordered = 1e-6;

}  // namespace

TEST_CASE("removal: a trained network loses channels of every kind, gives the same logits and trains on") {
  Trainee trainee(kSequential);
  Network& network = trainee.network();
  const double early = trainee.train(5), trained = trainee.train(60);
  REQUIRE(trained < 0.5 * early);

  // Behind max_pool and relu a bias of 0 or less is nothing; a positive one is folded into the consumer: an
  // unpadded convolution behind conv 0, a linear layer behind flatten, a linear layer behind linear 7.
  trainee.kill("0.conv2d", 1, 0);
  trainee.kill("0.conv2d", 2, -0.7f);
  trainee.kill("0.conv2d", 4, 0.3f);
  trainee.kill("3.conv2d", 0, 0.4f);
  trainee.kill("3.conv2d", 7, -0.1f);
  trainee.kill("7.linear", 3, 0.25f);
  trainee.kill("7.linear", 11, 0);
  // The scores' own channels always stay.
  trainee.kill("9.linear", 2, 0.1f);
  const Tensor before = trainee.logits();
  const int64_t work = network.multiply_adds();

  CHECK(remove_dead_channels(network, Dead::ForGood) == 7);

  CHECK(trainee.channels(0) == std::vector<int>{0, 3, 5});
  CHECK(trainee.channels(2) == std::vector<int>{0, 3, 5});
  CHECK(trainee.channels(3) == std::vector<int>{1, 2, 3, 4, 5, 6});
  CHECK(trainee.channels(6) == std::vector<int>{1, 2, 3, 4, 5, 6});
  CHECK(trainee.channels(7) == std::vector<int>{0, 1, 2, 4, 5, 6, 7, 8, 9, 10});
  CHECK(trainee.channels(9) == std::vector<int>{0, 1, 2, 3});
  CHECK(difference(before, trainee.logits()) <= kReordered);
  CHECK(network.multiply_adds() < 0.5 * static_cast<double>(work));
  check_consistent(network);
  CHECK(remove_dead_channels(network, Dead::ForGood) == 0);

  const double later = trainee.train(20);
  CHECK(std::isfinite(later));
  CHECK(later < early);
  check_consistent(network);
}

TEST_CASE("removal: with 2 and 3 threads channels leave a trained network with unchanged scores, too") {
  for (const int count : {2, 3}) {
    const Context context({.threads = count});
    const Context::Scope scope(context);
    Trainee trainee(kSequential);
    trainee.train(20);
    trainee.kill("0.conv2d", 1, 0);
    trainee.kill("3.conv2d", 0, 0.4f);
    trainee.kill("7.linear", 3, 0.25f);
    const Tensor before = trainee.logits();
    CHECK(remove_dead_channels(trainee.network(), Dead::ForGood) == 3);
    CHECK(difference(before, trainee.logits()) <= kReordered);
    CHECK(std::isfinite(trainee.train(5)));
    check_consistent(trainee.network());
  }
}

TEST_CASE("removal: gradients that are there shrink with their parameters") {
  Trainee trainee(kSequential);
  trainee.train(5);
  trainee.network().visit([](Parameter& p) { p.grad = p.value.clone(); });
  trainee.kill("3.conv2d", 2, 0);
  CHECK(remove_dead_channels(trainee.network(), Dead::ForGood) == 1);
  trainee.network().visit([](Parameter& p) { CHECK(p.grad.shape() == p.value.shape()); });
  check_consistent(trainee.network());
}

TEST_CASE("removal: between convolutions a zero leaves the logits bit for bit") {
  Trainee trainee(R"([{"layer": "conv2d", "channels": 6, "kernel": 3}, {"layer": "relu"},
      {"layer": "conv2d", "channels": 5, "kernel": 3}, {"layer": "linear", "features": 4}])");
  trainee.train(5);
  trainee.kill("0.conv2d", 0, -1);
  trainee.kill("0.conv2d", 2, 0);
  const std::vector<float> bias = numbers(parameter(trainee.network(), "2.conv2d.bias").value),
                           before = numbers(trainee.logits());
  CHECK(remove_dead_channels(trainee.network(), Dead::ForGood) == 2);
  CHECK(numbers(parameter(trainee.network(), "2.conv2d.bias").value) == bias);
  CHECK(numbers(trainee.logits()) == before);
}

TEST_CASE("removal: behind zero padding a channel waits until its bias is zero") {
  Trainee trainee(
      R"([{"layer": "conv2d", "channels": 4, "kernel": 3}, {"layer": "max_pool"}, {"layer": "relu"},
      {"layer": "conv2d", "channels": 3, "kernel": 3, "padding": 1}, {"layer": "flatten"}, {"layer": "linear", "features": 4}])");
  trainee.train(5);
  trainee.kill("0.conv2d", 1, 0.5f);
  trainee.kill("0.conv2d", 2, -0.5f);  // relu makes it zero
  const Tensor before = trainee.logits();
  CHECK(remove_dead_channels(trainee.network(), Dead::ForGood) == 1);
  CHECK(trainee.channels(0) == std::vector<int>{0, 1, 3});
  CHECK(difference(before, trainee.logits()) <= kReordered);
  parameter(trainee.network(), "0.conv2d.bias").value.data<float>()[1] = 0;
  const Tensor zeroed = trainee.logits();
  CHECK(remove_dead_channels(trainee.network(), Dead::ForGood) == 1);
  CHECK(trainee.channels(0) == std::vector<int>{0, 3});
  CHECK(difference(zeroed, trainee.logits()) <= kReordered);
}

TEST_CASE(
    "removal: a batch norm's constant waits until its statistics have caught up, however little is left") {
  Trainee trainee(
      R"([{"layer": "conv2d", "channels": 4, "kernel": 3, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
      {"layer": "conv2d", "channels": 3, "kernel": 3, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "flatten"},
      {"layer": "linear", "features": 4}])");
  const auto set = [&](const std::string& name, float value) {
    for (float& x : parameter(trainee.network(), name).value.floats()) x = value;
  };
  set("1.batch_norm.gamma", 1e-4f);    // faint activations,
  set("4.batch_norm.variance", 0.0f);  // which the next batch norm raises to 316 times as much
  parameter(trainee.network(), "0.conv2d.weight.bits").value.data<float>()[1] = 0;
  float& mean = parameter(trainee.network(), "1.batch_norm.mean").value.data<float>()[1];
  for (const float left : {-1e-2f, -1e-4f, 0.0f}) {
    mean = left;  // which batch norm takes away from the zero that is there now
    const Tensor before = trainee.logits();
    REQUIRE(remove_dead_channels(trainee.network(), Dead::ForGood) == (left == 0 ? 1 : 0));
    CHECK(difference(before, trainee.logits()) <= kReordered);
  }
}

TEST_CASE("removal: a constant cannot be folded into a layer without bias") {
  Trainee trainee(R"([{"layer": "conv2d", "channels": 4, "kernel": 3}, {"layer": "relu"},
      {"layer": "conv2d", "channels": 3, "kernel": 3, "bias": false}, {"layer": "flatten"}, {"layer": "linear", "features": 4}])");
  trainee.train(5);
  trainee.kill("0.conv2d", 0, 0.5f);
  trainee.kill("0.conv2d", 1, 0);
  CHECK(remove_dead_channels(trainee.network(), Dead::ForGood) == 1);
  CHECK(trainee.channels(0) == std::vector<int>{0, 2, 3});
  // A dead channel of a layer without bias is zero.
  parameter(trainee.network(), "2.conv2d.weight.bits").value.data<float>()[1] = 0;
  const Tensor before = trainee.logits();
  CHECK(remove_dead_channels(trainee.network(), Dead::ForGood) == 1);
  CHECK(trainee.channels(2) == std::vector<int>{0, 2});
  CHECK(difference(before, trainee.logits()) <= kReordered);
}

TEST_CASE("removal: behind dropout only a zero may go") {
  Trainee trainee(R"([{"layer": "flatten"}, {"layer": "linear", "features": 6}, {"layer": "relu"},
      {"layer": "dropout", "rate": 0.5}, {"layer": "linear", "features": 4}])");
  trainee.train(5);
  trainee.kill("1.linear", 0, 0.5f);   // 0 or 1 in training: not a constant
  trainee.kill("1.linear", 3, -0.5f);  // relu makes it zero
  trainee.kill("1.linear", 5, 0);
  const Tensor before = trainee.logits();
  CHECK(remove_dead_channels(trainee.network(), Dead::ForGood) == 2);
  CHECK(trainee.channels(3) == std::vector<int>{0, 1, 2, 4});
  CHECK(difference(before, trainee.logits()) <= kReordered);
  CHECK(std::isfinite(trainee.train(5)));
}

TEST_CASE("removal: every tensor keeps a channel, even when all are dead") {
  Trainee trainee(kSequential);
  trainee.train(5);
  Network& network = trainee.network();
  for (const auto& [layer, count] :
       std::vector<std::pair<std::string, int>>{{"0.conv2d", 6}, {"3.conv2d", 8}, {"7.linear", 12}})
    for (int channel = 0; channel < count; ++channel)
      trainee.kill(layer, channel, 0.01f * static_cast<float>(channel + 1));
  const Tensor before = trainee.logits();
  CHECK(remove_dead_channels(network, Dead::ForGood) == 5 + 7 + 11);
  for (const int node : {0, 1, 2, 3, 4, 5, 6, 7, 8}) CHECK(trainee.channels(node).size() == 1);
  CHECK(difference(before, trainee.logits()) <= kReordered);
  check_consistent(network);
  CHECK(std::isfinite(trainee.train(5)));
}

TEST_CASE(
    "removal: in a finished network channels that nobody reads go too, and then those that only they read") {
  Trainee trainee(kSequential);
  trainee.train(20);
  Network& network = trainee.network();
  const auto forget = [&](const std::string& name, int column) {  // zero is a level of every depth
    Tensor& w = parameter(network, name).value;
    for (int64_t i = column; i < w.size(); i += w.shape()[3]) w.data<float>()[i] = 0;
  };
  // Linear 7 does not read channel 5 of conv 3, which alone reads channel 2 of conv 0.
  forget("7.linear.weight", 5);
  Tensor& w = parameter(network, "3.conv2d.weight").value;
  for (int64_t i = 2; i < w.size(); i += 6)
    if (i / w.shape().row() != 5) w.data<float>()[i] = 0;
  const Tensor before = trainee.logits();
  CHECK(remove_dead_channels(network, Dead::ForGood) == 0);  // they may come back
  CHECK(remove_dead_channels(network, Dead::AsItIs) >= 2);
  CHECK(!std::ranges::count(trainee.channels(3), 5));
  CHECK(!std::ranges::count(trainee.channels(0), 2));
  CHECK(difference(before, trainee.logits()) <= kReordered);
  CHECK(remove_dead_channels(network, Dead::AsItIs) == 0);
}
