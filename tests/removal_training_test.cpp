// Removal on the residual networks people train: channels that died in real training, on real images, leave ResNet-20
// and ResNet-9 without a change in what they say.
#include "compress/removal.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "cli/experiment.h"
#include "framework/data/catalogue.h"
#include "tests/network_fixtures.h"

using namespace pare;

namespace {

// Depths that fall to zero within some hundred steps, and constants that do not hold their channels back for long;
// nothing leaves before the test says so.
const std::string kCompress =
    R"(compress={"method": "self_compress", "bits": 4, "gamma": 3, "rate": 3, "bits_lr": 0.2, "bias_l1": 0.05,)"
    R"( "remove_every": 1000000})";

class Removals : public Hook {
 public:
  explicit Removals(Experiment& experiment) : experiment_(experiment) {}
  void after_step(const Position& position, const TrainingState&) override {
    experiment_.method().after_step(experiment_.network(), position);
  }

 private:
  Experiment& experiment_;
};

int64_t channels_of(const Network& network) {
  int64_t count = 0;
  for (const Network::Node& node : network.nodes())
    if (node.layer->weight() != nullptr) count += static_cast<int64_t>(node.channels.size());
  return count;
}

// The largest difference of two sets of scores, as a share of the largest score.
double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  double largest = 0, scale = 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::fabs(double{a.data<float>()[i]} - b.data<float>()[i]));
    scale = std::max(scale, std::fabs(double{a.data<float>()[i]}));
  }
  return largest / scale;
}

void check_removal(const std::string& config, const Dataset& images) {
  CAPTURE(config);
  Experiment experiment(
      load_run_config(PARE_SOURCE_DIR "/configs/" + config,
                      {kCompress, "precision=f32", "data.batch=32", "threads=1", "schedule={\"name\":\"constant\"}"}),
      Dataset(images));
  const Batches batches = experiment.training_batches();
  Optimizers optimizers = experiment.optimizers();
  TrainingLoop loop(batches, experiment, optimizers, *experiment.config().schedule, experiment.parameters());
  Removals hook(experiment);
  loop.add(hook);
  TrainingState state;
  const auto train_to = [&](int64_t step) { loop.run(state, step, [] { return false; }); };
  Network& network = experiment.network();
  const Tensor test_images = experiment.test_batches(DType::F32).get(0, 0).images;

  const int64_t before = channels_of(network);
  for (const int64_t step : {140, 160, 180, 200}) {
    train_to(step);
    const Tensor scores = logits_of(network, test_images);
    remove_dead_channels(network, Dead::ForGood);
    CHECK(difference(logits_of(network, test_images), scores) <= 1e-5);
  }
  const int64_t now = channels_of(network);
  CHECK(now < before * 9 / 10);  // or this would prove little
  CHECK(now > before / 10);
  experiment.method().finish(network);
  const Tensor finished = logits_of(network, test_images);
  PackedModel model = unpack_model(experiment.packed(), "packed");
  CHECK(difference(logits_of(*model.network, test_images), finished) == 0);
}

}  // namespace

TEST_SUITE("slow") {
  TEST_CASE("removal: channels that died in training leave ResNet-20 and ResNet-9, and the scores stay") {
    Dataset images;
    try {
      images = load_dataset("cifar-10", "");
    } catch (const Error& error) {
      MESSAGE("made-up images, since CIFAR-10 is not here: ", error.what());
      images = synthetic_dataset("cifar-10", 2000);
    }
    check_removal("resnet20.json", images);
    check_removal("cifar10.json", images);  // ResNet-9 of three eighths of the width
  }
}
