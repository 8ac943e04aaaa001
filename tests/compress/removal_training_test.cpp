// Removal on the residual networks people train: channels that died in real training, on real images, leave
// ResNet-20 and ResNet-9 without a change in what they say.
#include "compress/removal.h"

#include <doctest/doctest.h>

#include "framework/data/catalogue.h"
#include "tests/support/network_fixtures.h"
#include "train/trial.h"

using namespace pare;

namespace {

// Depths that fall to zero within some hundred steps, constants that do not hold their channels back for
// long, and a rate at which the rest goes on to learn: scores of a network that died are what its statistics
// have not yet forgotten. Nothing leaves before the test says so.
const std::string kCompress =
    R"(compress={"method": "self_compress", "bits": 4, "gamma": 0.1, "rate": 0.1, "bits_lr": 0.8, )"
    R"("bias_l1": 0.05, "remove_every": 1000000})";

int64_t channels_of(const Network& network) {
  int64_t count = 0;
  for (const Network::Node& node : network.nodes())
    if (node.layer->weight() != nullptr) count += static_cast<int64_t>(node.channels.size());
  return count;
}

void check_removal(const std::string& config, const Dataset& images) {
  CAPTURE(config);
  Experiment experiment(load_run_config(PARE_SOURCE_DIR "/configs/" + config,
                                        {kCompress, "precision=f32", "data.batch=16", "optimizer.lr=0.01",
                                         "threads=1", "schedule={\"name\":\"constant\"}"}),
                        Dataset(images));
  Trial trial(experiment);  // it never comes to its last step, at which the method itself would remove
  int64_t steps = 0;
  Network& network = experiment.network();
  const Tensor test_images = experiment.test_batches(DType::F32).get(0, 0).inputs;

  const int64_t before = channels_of(network);
  for (const int64_t step : {250, 300, 350, 400}) {
    for (; steps < step; ++steps) trial.round(0);
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

Dataset training_images() {
  try {
    return load_dataset("cifar-10", "");
  } catch (const Error& error) {
    MESSAGE("made-up images, since CIFAR-10 is not here: ", std::string(error.what()));
    return synthetic_dataset("cifar-10", 6000);
  }
}

}  // namespace

TEST_SUITE("slow") {
  TEST_CASE("removal: channels that died in training leave ResNet-20, and the scores stay") {
    check_removal("resnet20.json", training_images());
  }

  TEST_CASE("removal: channels that died in training leave ResNet-9, and the scores stay") {
    check_removal("cifar10.json", training_images());  // half of the width
  }
}
