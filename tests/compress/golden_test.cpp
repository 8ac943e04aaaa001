// The losses of the first ten steps of a tiny run, written down: whoever changes the numbers a run gives has
// to change them here too, and say so.
//
// To renew them, run this test: when it fails it prints the rows as they are now.
#include <doctest/doctest.h>
#include <algorithm>

#include <cmath>

#include "framework/config/config.h"
#include "tests/support/bf16.h"
#include "tests/support/tiny_run.h"
#include "train/experiment.h"

using namespace pare;

namespace {

struct Golden {
  const char* precision;
  double tolerance;  // relative: other CPUs add up in another order
  std::vector<double> losses;
};

const Golden kGolden[] = {
    {"f32",
     0.001,
     {7.06623, 6.00595, 5.56128, 3.71552, 4.02801, 3.35416, 4.10534, 3.75498, 3.68189, 3.40196}},
    {"bf16", 0.02, {7.0647, 5.98312, 5.58387, 3.7135, 4.0489, 3.41175, 4.05183, 3.84535, 3.68923, 3.43061}},
};

// A little of everything whose numbers could change: batch norm, a shortcut with a convolution, pooling,
// dropout, augmentation, both kinds of optimiser, self-compression with both of its losses, a schedule.
const std::string kConfig = R"({
  "name": "golden", "seed": 3, "threads": 1,
  "data": {"name": "fashion-mnist", "batch": 20, "validation": 40, "augment": {"shift": 1, "flip": true}},
  "network": [
    {"layer": "conv2d", "channels": 6, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
    {"layer": "residual",
     "body": [{"layer": "conv2d", "channels": 9, "stride": 2, "padding": 1}, {"layer": "batch_norm"}],
     "shortcut": [{"layer": "conv2d", "channels": 9, "kernel": 1, "stride": 2}]},
    {"layer": "relu"}, {"layer": "max_pool"}, {"layer": "flatten"},
    {"layer": "linear", "features": 24}, {"layer": "relu"}, {"layer": "dropout", "rate": 0.1},
    {"layer": "linear", "features": 10}],
  "optimizer": {"name": "sgd", "lr": 0.05, "momentum": 0.9, "weight_decay": 1e-3, "nesterov": true, "clip_norm": 2},
  "schedule": {"name": "cosine", "warmup": "3it"}, "label_smoothing": 0.1,
  "epochs": "10it",
  "compress": {"method": "self_compress", "bits": 6, "gamma": 0.1, "rate": 0.1, "remove_every": 5}
})";

class Recorder : public Hook {
 public:
  explicit Recorder(Experiment& experiment) : experiment_(experiment) {}
  void after_step(const Position&, const TrainingState& state, const StepCosts&) override {
    losses.push_back((state.loss_sum - sum_) / experiment_.config().data.batch);
    sum_ = state.loss_sum;
  }
  std::vector<double> losses;

 private:
  Experiment& experiment_;
  double sum_ = 0;
};

std::vector<double> losses_of(const std::string& precision, const std::string& data) {
  RunConfig config = read_config<RunConfig>(parse_json(kConfig, "golden"), "golden");
  config.precision = precision == "f32" ? DType::F32 : DType::BF16;
  Experiment experiment(std::move(config), data);
  const Batches batches = experiment.training_batches();
  Trainer trainer = experiment.trainer();
  Recorder recorder(experiment);
  trainer.add(recorder);
  TrainingState state;
  trainer.run(batches, experiment.schedule(), state, experiment.total_steps(), [] { return false; });
  return recorder.losses;
}

std::string row_of(const Golden& golden, const std::vector<double>& losses) {
  std::ostringstream row;
  row << "    {\"" << golden.precision << "\", " << golden.tolerance << ", {";
  for (size_t i = 0; i < losses.size(); ++i) row << (i ? ", " : "") << losses[i];
  return row.str() + "}},";
}

}  // namespace

TEST_CASE("golden: the losses of the first ten steps are those written down") {
  const TemporaryDirectory directory;
  write_tiny_data(directory);
  const std::vector<std::string> testable = precision_names();
  for (const Golden& golden : kGolden) {
    if (std::count(testable.begin(), testable.end(), golden.precision) == 0) continue;
    const std::vector<double> losses = losses_of(golden.precision, directory.path() + "/data");
    REQUIRE(losses.size() == golden.losses.size());
    double worst = 0;
    for (size_t i = 0; i < losses.size(); ++i)
      worst = std::max(worst, std::fabs(losses[i] - golden.losses[i]) / std::fabs(golden.losses[i]));
    CHECK_MESSAGE(worst <= golden.tolerance, "differs by ", worst, "; now:\n", row_of(golden, losses));
  }
}
