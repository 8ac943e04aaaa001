// Masks that come back: dynamic network surgery and drop-in, alone and in runs of the program.
#include "compress/surgery/surgery.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "compress/packed/packed_model.h"
#include "compress/surgery/drop_in.h"
#include "framework/autograd/ops.h"
#include "tests/support/network_fixtures.h"
#include "tests/support/training_runs.h"

using namespace pare;

namespace {

RecoverableWeight weight_of(WhileMasked while_masked) {
  return {
      {.name = "w", .shape = {4, 1, 1, 3}, .seed = 5, .random = "w"}, Initialiser::HeNormal, while_masked};
}

double share_left(std::span<const float> mask) {
  return std::accumulate(mask.begin(), mask.end(), 0.0) / static_cast<double>(mask.size());
}

// Of each layer of a model the share of its weights that is not zero, channels that left counted as zeros.
std::vector<double> shares_left(const PackedModel& model, const std::vector<int64_t>& weights) {
  std::vector<double> shares;
  for (const Network::Node& node : model.network->nodes()) {
    if (node.layer->weight() == nullptr) continue;
    const WeightCode code = node.layer->weight()->code();
    const auto nonzero = std::ssize(code.values) - std::ranges::count(code.values, 0.0f);
    shares.push_back(static_cast<double>(nonzero) / static_cast<double>(weights[shares.size()]));
  }
  return shares;
}

// Of tiny.json.
const std::vector<int64_t> kWeights{6 * 9, 8 * 9 * 6, 24 * 3 * 3 * 8, 240};

const std::string kSurgery =
    R"(compress={"method":"surgery","threshold":0.5,"layers":[{"match":"0.*","threshold":-0.5}]})";
const std::string kDropIn = R"(compress={"method":"drop_in","density":0.2,"every":"4it","until":0.6,)"
                            R"("layers":[{"match":"9.linear","density":0.5}]})";

}  // namespace

TEST_CASE("surgery: masked weights go on learning; in drop-in they wait") {
  for (const WhileMasked while_masked : {WhileMasked::Learns, WhileMasked::Waits}) {
    RecoverableWeight weight = weight_of(while_masked);
    std::vector<float> mask(12, 1.0f);
    mask[1] = mask[7] = 0;
    weight.set_mask(mask);
    Tape tape;
    Pass pass{.tape = tape};
    const Var w = weight.effective(pass);
    const Tensor target = random_tensor({4, 3}, 2);
    tape.backward(squared_error(tape, reshape(tape, w, {4, 3}), target));
    Tensor gradient;
    weight.visit([&](const Parameter& p) {
      if (p.name == "w") gradient = p.grad;
    });
    for (size_t i = 0; i < 12; ++i) {
      const float value = mask[i] == 0 ? 0 : weight.values()[i];
      CHECK(w.value.data<float>()[i] == value);
      CHECK(weight.code().values[i] == value);
      const double expected = 2 * (double{value} - target.data<float>()[i]) / 12;
      const bool waits = mask[i] == 0 && while_masked == WhileMasked::Waits;
      CHECK(gradient.data<float>()[i] == doctest::Approx(waits ? 0 : expected).epsilon(1e-5));
    }
    CHECK(weight.values()[1] != 0);
  }
}

TEST_CASE("surgery: thresholds are those of the first weights; between the two a weight stays as it is") {
  SurgeryConfig config;
  config.threshold = 0;  // the mean magnitude
  const auto method = config.make();
  Network network(layers_of(R"([{"layer": "linear", "features": 6}])"), {1, 1, 20},
                  method->weights(Initialiser::HeNormal), 1);
  method->start(network);
  method->after_backward(network, {0, 10, 1});
  REQUIRE(method->state().size() == 1);
  const double threshold = method->state()[0];
  const auto weight = [&] { return recoverable_layers(network)[0].weight; };
  double mean = 0;
  for (const float w : weight()->values()) mean += std::fabs(w) / 120;
  CHECK(threshold == doctest::Approx(mean));
  std::vector<float> before(weight()->mask().begin(), weight()->mask().end());
  const auto set = [&](size_t i, double value) {
    network.visit([&](Parameter& p) {
      if (p.is(ParameterTag::Weight)) p.value.data<float>()[i] = static_cast<float>(value);
    });
  };
  set(0, 0.85 * threshold);
  set(1, 1.05 * threshold);
  set(2, -1.2 * threshold);
  method->after_step(network, {0, 10, 1});
  CHECK(weight()->mask()[0] == 0);
  CHECK(weight()->mask()[1] == 1);
  CHECK(weight()->mask()[2] == 1);
  set(0, 1.05 * threshold);
  set(1, 0.95 * threshold);
  set(2, 0);
  method->after_step(network, {0, 10, 1});
  CHECK(weight()->mask()[0] == 0);
  CHECK(weight()->mask()[1] == 1);
  CHECK(weight()->mask()[2] == 0);
  set(0, -1.2 * threshold);
  method->after_step(network, {0, 10, 1});
  CHECK(weight()->mask()[0] == 1);
  set(0, 0);
  method->after_step(network, {8, 10, 1});  // behind `until`
  CHECK(weight()->mask()[0] == 1);
}

TEST_CASE("drop-in: the share that is left flows to the wanted one, from above and from below") {
  const Tensor values = random_tensor({20000});
  for (const double density : {0.07, 0.3})
    for (const float begin : {1.0f, 0.0f}) {
      constexpr double kShare = 0.2, kOut = 0.5;
      const DropInTurn turn{kShare, kOut, kShare * kOut * density / (1 - density), 0};
      std::vector<float> mask(20000, begin);
      Rng rng(1, "flow");
      double mean = 0;
      for (int i = 0; i < 1000; ++i) {
        mask = drop_in(values.floats(), mask, turn, rng);
        if (i >= 500) mean += share_left(mask) / 500;
      }
      CHECK(mean == doctest::Approx(density).epsilon(0.01));
    }
}

TEST_CASE("drop-in: without recovery exactly the smallest go, down to the wanted number") {
  const Tensor values = random_tensor({1000});
  std::vector<float> mask(1000, 1.0f);
  Rng rng(1, "pruning");
  for (int i = 0; i < 30; ++i) mask = drop_in(values.floats(), mask, {0.2, 1, 0, 130}, rng);
  CHECK(share_left(mask) == 0.13);
  float smallest_left = 1e9f, largest_gone = 0;
  for (size_t i = 0; i < 1000; ++i) {
    const float magnitude = std::fabs(values.floats()[i]);
    if (mask[i] == 1)
      smallest_left = std::min(smallest_left, magnitude);
    else
      largest_gone = std::max(largest_gone, magnitude);
  }
  CHECK(largest_gone <= smallest_left);
}

TEST_CASE(
    "surgery: runs end with few weights, of drop-in exactly the wanted number, and their files hold them") {
  const TrainingRuns place;
  place.train_well("surgery", {"--set", kSurgery});
  CHECK(place.json("surgery/summary.json").find("test_accuracy")->number() > 0.9);
  const std::vector<double> operated = shares_left(read_model(place.path("surgery/model.pare")), kWeights);
  for (size_t i = 1; i < operated.size(); ++i) CHECK(operated[i] < 0.7);
  for (const std::string recover : {"true", "false"}) {
    place.train_well("drop" + recover,
                     {"--set", kDropIn, "--set", "compress.recover=" + recover, "--set", "epochs=12"});
    CHECK(place.json("drop" + recover + "/summary.json").find("test_accuracy")->number() > 0.9);
    const PackedModel model = read_model(place.path("drop" + recover + "/model.pare"));
    const std::vector<double> left = shares_left(model, kWeights);
    for (size_t i = 0; i < left.size(); ++i) {
      // Channels without weights leave, and take the weights that read them along.
      const double wanted = std::round((i == 3 ? 0.5 : 0.2) * static_cast<double>(kWeights[i])) /
                            static_cast<double>(kWeights[i]);
      CHECK(left[i] <= wanted);
      CHECK(left[i] > 0.6 * wanted);
    }
  }
}

TEST_CASE("surgery: both methods killed and resumed, and on any number of threads, end in the same bytes") {
  for (const std::string& method : {kSurgery, kDropIn}) {
    const TrainingRuns place;
    place.train_well("whole", {"--set", method, "--threads", "1"});
    const std::string whole = contents(place.path("whole/model.pare"));
    for (const char* const threads : {"2", "3"}) {
      place.train_well(threads, {"--set", method, "--threads", threads});
      CHECK(contents(place.path(std::string(threads) + "/model.pare")) == whole);
    }
    Program program(place.directory.path(), place.training("cut", {"--set", method, "--threads", "1"}));
    program.signal_at(place.path("cut/metrics.jsonl"), 2, SIGKILL);
    program.wait();
    place.train_well("cut", {"--set", method, "--threads", "1", "--resume"});
    CHECK(contents(place.path("cut/model.pare")) == whole);
  }
}

TEST_CASE("surgery: layers that are not there are named") {
  const TrainingRuns place;
  for (const std::string& method : {kSurgery, kDropIn}) {
    std::string wrong = method;
    const size_t at = wrong.find("\"match\":\"");
    wrong.replace(at, wrong.find(',', at) - at, "\"match\":\"8.lineal\"");
    const Result result = place.train("wrong", {"--set", wrong});
    CHECK(result.exit_code == 2);
    CHECK_MESSAGE(contains(result.err, "compress.layers: no layer with weights is called '8.lineal'"),
                  result.err);
  }
}
