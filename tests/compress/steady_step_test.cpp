// What a training step costs besides arithmetic once the first ones are over: nothing from the system's
// memory, and no activation that oneDNN wants in another layout.
//
// Proven here, for LeNet-5 and ResNet-20, dense and self-compressing, f32 and bf16, on one thread: over
// several steps
//   1. the pool of buffers asks for nothing, so every tensor lies in memory that a former step used;
//   2. malloc, whoever calls it (oneDNN's scratchpads included), asks for nothing either;
//   3. each reorder that oneDNN runs is of a weight, which is packed anew at each step. Its extents tell.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>

#include "framework/data/catalogue.h"
#include "framework/tensor/buffer_pool.h"
#include "tests/support/bf16.h"
#include "tests/support/data_fixtures.h"
#include "tests/support/system_memory.h"
#include "train/experiment.h"

using namespace pare;

namespace {

constexpr int kBatch = 37;
const std::string kNets[] = {"lenet5", "lenet5_selfcompress", "resnet20", "resnet20_selfcompress"};

std::string path_of(const std::string& net) {
  return std::string(PARE_SOURCE_DIR) + "/configs/bench/" + net + ".json";
}

Experiment experiment_of(const std::string& net, const std::string& precision) {
  RunConfig config = load_run_config(path_of(net), {"threads=1", "data.batch=8", "data.validation=0",
                                                    "data.augment.shift=2", "precision=" + precision});
  Dataset images = synthetic_dataset(config.data.name, 8);
  return {std::move(config), std::move(images)};
}

struct Requests {
  size_t of_pool, of_malloc;
};
Requests requests() { return {system_allocations(), system_requests()}; }

// The extents that oneDNN names when it packs a weight of the network: of a convolution "20x1x5x5", or in
// bf16 those of its patches (framework/kernels/convolution/patches.h).
std::set<std::string> weights_of(Experiment& experiment) {
  std::set<std::string> extents;
  for (const Network::Node& node : experiment.network().nodes()) {
    if (node.layer->weight() == nullptr) continue;
    const Shape w = node.layer->weight()->shape();
    extents.insert(text(w[0], 'x', w[3], 'x', w[1], 'x', w[2]));
    extents.insert(text(w[0], 'x', w.row() + w.row() % 2, "x1x1"));
  }
  return extents;
}

}  // namespace

TEST_CASE("steady step: after the first ones, tensors ask the system for no memory") {
  if (kCountsSystemRequests) {
    constexpr size_t kMapped = size_t{1} << 26;  // above the largest threshold glibc may choose
    const size_t before = system_requests();
    const std::vector<char> mapped(kMapped);
    CHECK(system_requests() == before + 1);
  }
  for (const std::string& net : kNets)
    for (const std::string& precision : precision_names()) {
      CAPTURE(net);
      CAPTURE(precision);
      Experiment experiment = experiment_of(net, precision);
      const Batches batches = experiment.training_batches();
      Trainer trainer = experiment.trainer();
      TrainingState state;
      constexpr int64_t kWarmUp = 8, kSteps = 4;
      trainer.run(batches, experiment.schedule(), state, kWarmUp, [] { return false; });
      const Requests before = requests();
      trainer.run(batches, experiment.schedule(), state, kWarmUp + kSteps, [] { return false; });
      CHECK(requests().of_pool == before.of_pool);
      CHECK(requests().of_malloc == before.of_malloc);
    }
}

TEST_CASE("steady step: oneDNN reorders weights and never activations") {
  const TemporaryDirectory folder;
  for (const std::string& net : kNets)
    for (const std::string& precision : precision_names()) {
      CAPTURE(net);
      CAPTURE(precision);
      const std::string log = folder.path() + "/log";
      const std::string command =
          text("ONEDNN_VERBOSE=1 '", PARE_BINARY, "' bench '", path_of(net),
               "' --synthetic --json --seconds 0.001 --threads 1 --set data.validation=0 --set data.batch=",
               kBatch, " --set precision=", precision, " >'", log, "' 2>&1");
      REQUIRE(std::system(command.c_str()) == 0);
      std::ifstream in(log);
      Experiment experiment = experiment_of(net, precision);
      const std::set<std::string> packed = weights_of(experiment);
      int convolutions = 0, weights = 0;
      // onednn_verbose,exec,cpu,reorder,jit:uni,undef,src_f32::blocked:acdb:f0 dst_...,,,20x1x5x5,0.01
      for (std::string line; std::getline(in, line);) {
        if (line.find(",exec,") == std::string::npos) continue;
        if (line.find(",convolution,") != std::string::npos) ++convolutions;
        if (line.find(",reorder,") == std::string::npos) continue;
        const size_t end = line.rfind(','), begin = line.rfind(',', end - 1) + 1;
        const std::string extents = line.substr(begin, end - begin);
        if (std::count(extents.begin(), extents.end(), 'x') == 1)
          continue;  // a matrix: Winograd turns weights
        ++weights;
        CHECK_MESSAGE(packed.count(extents) == 1, line);
      }
      CHECK(convolutions > 0);  // or the lines are not what we take them for
      CHECK(weights > 0);
    }
}
