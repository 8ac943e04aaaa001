// Learned step size quantisation: weights of a fixed number of bits, alone and in runs of the program.
#include "compress/quantisation/lsq.h"

#include <doctest/doctest.h>

#include <cmath>

#include "compress/packed/packed_model.h"
#include "framework/autograd/ops.h"
#include "layers/channelwise/quantise.h"
#include "tests/support/network_fixtures.h"
#include "tests/support/training_runs.h"

using namespace pare;

namespace {

LsqWeight weight_of(const LsqOptions& options, const Shape& shape = {6, 3, 3, 4}) {
  const WeightSite site{.name = "w", .shape = shape, .seed = 3, .random = "w"};
  return {site, Initialiser::HeNormal, options};
}

constexpr const char* kNet = R"([{"layer": "conv2d", "channels": 4}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 4}, {"layer": "gate"}, {"layer": "relu"}, {"layer": "linear", "features": 3}])";

const std::string kFour = R"(compress={"method":"lsq","bits":4})";
const std::string kActivations = R"(activations={"bits":4})";

// The bits of each layer in summary order, from metrics or from the file.
std::vector<int> largest_levels(const std::string& path) {
  const PackedModel model = read_model(path);
  std::vector<int> largest;
  for (const Network::Node& node : model.network->nodes()) {
    if (node.layer->weight() == nullptr) continue;
    int most = 0;
    for (const int32_t level : node.layer->weight()->code().levels)
      most = std::max(most, level < 0 ? -level : level + 1);
    largest.push_back(most);
  }
  return largest;
}

}  // namespace

TEST_CASE("lsq: levels are those of the bits, on a step a channel or one for all") {
  for (const int bits : {2, 3, 4, 8})
    for (const Levels levels : {Levels::Paper, Levels::Symmetric})
      for (const StepPer per : {StepPer::Channel, StepPer::Layer}) {
        const LsqWeight weight = weight_of({levels, bits, per});
        const WeightCode code = weight.code();
        const int half = 1 << (bits - 1);
        for (const int32_t level : code.levels) {
          CHECK(level >= (levels == Levels::Paper ? -half : 1 - half));
          CHECK(level < half);
        }
        REQUIRE(code.exponents.size() == 6);
        CHECK((code.exponents[0] == code.exponents[5]) == (per == StepPer::Layer));
      }
}

TEST_CASE("lsq: what a code stands for is what the network computed with") {
  for (const StepPer per : {StepPer::Channel, StepPer::Layer}) {
    LsqWeight weight = weight_of({Levels::Paper, 3, per});
    const Tensor computed = effective_values(weight), stored = materialise(weight.code());
    for (int64_t i = 0; i < computed.size(); ++i) CHECK(computed.data<float>()[i] == stored.data<float>()[i]);
  }
}

TEST_CASE("lsq: the step of a layer gets the gradients of all its channels") {
  LsqWeight apart = weight_of({Levels::Paper, 3, StepPer::Channel}),
            one = weight_of({Levels::Paper, 3, StepPer::Layer});
  const float exponent = -2.5f;
  apart.exponents()->value = Tensor::full({6}, exponent);
  one.exponents()->value = Tensor::full({1}, exponent);
  const auto gradient_of = [](LsqWeight& weight) {
    Tape tape;
    Pass pass{tape};
    const Var loss =
        squared_error(tape, reshape(tape, weight.effective(pass), {6, 36}), random_tensor({6, 36}));
    tape.backward(loss);
    double sum = 0;
    for (const float g : weight.exponents()->grad.floats()) sum += g;
    return sum;
  };
  CHECK(gradient_of(one) == doctest::Approx(gradient_of(apart)).epsilon(1e-6));
  CHECK(std::fabs(gradient_of(one)) > 1e-4);
}

TEST_CASE("lsq: the first and the last layer have bits of their own; gates stay as they are") {
  LsqConfig config;
  config.weights.bits = 3;
  config.first_bits = 8;
  config.last_bits = 6;
  const auto method = config.make();
  Network network(layers_of(kNet), {8, 8, 1}, method->weights(Initialiser::HeNormal), 1);
  method->start(network);
  std::vector<float> bits;
  for (const Network::Node& node : network.nodes())
    if (node.layer->weight() != nullptr && node.layer->weight()->bits() != nullptr)
      bits.push_back(node.layer->weight()->bits()->value.data<float>()[0]);
  CHECK(bits == std::vector<float>{8, 3, 6});
  CHECK(network.nodes()[3].layer->weight()->code().levels.empty());
}

TEST_CASE("lsq: weights taken from a file of the same bits keep their levels and steps") {
  const LsqWeight source = weight_of({Levels::Paper, 4, StepPer::Channel});
  LsqWeight same = weight_of({Levels::Paper, 4, StepPer::Channel}, {6, 3, 3, 4}),
            fewer = weight_of({Levels::Paper, 2, StepPer::Channel}, {6, 3, 3, 4});
  same.take(source.code());
  CHECK(same.code().levels == source.code().levels);
  CHECK(same.code().exponents == source.code().exponents);
  fewer.take(source.code());
  for (const int32_t level : fewer.code().levels) CHECK(std::abs(level) <= 2);
}

TEST_CASE("lsq: a run with four-bit weights and activations learns, and its file holds four bits") {
  const TrainingRuns place;
  place.train_well("run", {"--set", kFour, "--set", kActivations});
  CHECK(place.json("run/summary.json").find("test_accuracy")->number() > 0.9);
  const std::vector<int> largest = largest_levels(place.path("run/model.pare"));
  REQUIRE(largest.size() == 4);
  CHECK(largest[0] > 8);
  CHECK(largest[1] <= 8);
  CHECK(largest[2] <= 8);
  CHECK(!contains(place.train("again", {"--set", kFour, "--set", "epochs=2"}).out, "equal bits"));
}

TEST_CASE("lsq: from a dense checkpoint, whose weights it rounds to the nearest") {
  const TrainingRuns place;
  place.train_well("dense", {"--set", R"(compress={"method":"none"})"});
  place.train_well("short", {"--set", kFour, "--set", kActivations, "--set", "epochs=2it", "--set",
                             "optimizer.lr=1e-6", "--init-from", "dense/checkpoint.safetensors"});
  CHECK(place.json("short/summary.json").find("test_accuracy")->number() >
        place.json("dense/summary.json").find("test_accuracy")->number() - 0.1);
  // And on from its own file, with all steps as they were.
  place.train_well(
      "on", {"--set", kFour, "--set", kActivations, "--set", "epochs=1it", "--set", "optimizer.lr=1e-9",
             "--set", "compress.lr=1e-9", "--set", "activations.lr=1e-9", "--init-from", "short/model.pare"});
  CHECK(place.json("on/summary.json").find("test_accuracy")->number() ==
        place.json("short/summary.json").find("test_accuracy")->number());
}

TEST_CASE("lsq: killed and resumed, and on any number of threads, it ends in the same bytes") {
  const TrainingRuns place;
  const std::vector<std::string> set{"--set", kFour, "--set", kActivations};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), set.begin(), set.end());
    return more;
  };
  place.train_well("whole", with({"--threads", "1"}));
  const std::string whole = contents(place.path("whole/model.pare"));
  for (const char* const threads : {"2", "3"}) {
    const std::string out = std::string("threads") + threads;
    place.train_well(out, with({"--threads", threads}));
    CHECK(contents(place.path(out + "/model.pare")) == whole);
  }
  Program program(place.directory.path(), place.training("cut", with({"--threads", "1"})));
  program.signal_at(place.path("cut/metrics.jsonl"), 2, SIGKILL);
  program.wait();
  place.train_well("cut", with({"--threads", "1", "--resume"}));
  CHECK(contents(place.path("cut/model.pare")) == whole);
}

TEST_CASE("lsq: self-compression and distillation go with quantised activations as well") {
  const TrainingRuns place;
  place.train_well("both",
                   {"--set", kActivations, "--set", R"(teacher={"model":"own"})", "--set", "epochs=4"});
  CHECK(place.json("both/teacher/config.json").find("activations")->is_null());
  CHECK(place.json("both/summary.json").find("test_accuracy")->number() > 0.6);
}
