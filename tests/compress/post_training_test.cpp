// Post-training quantisation: steps, learnt rounding, corrected biases, and the command.
#include "compress/quantisation/post_training.h"

#include <doctest/doctest.h>

#include <cmath>

#include "compress/packed/packed_model.h"
#include "compress/quantisation/rounding_weight.h"
#include "framework/autograd/ops.h"
#include "framework/parallel/context.h"
#include "layers/channelwise/quantise.h"
#include "tests/support/network_fixtures.h"
#include "tests/support/training_runs.h"

using namespace pare;

namespace {

constexpr Extent kImages{8, 8, 2};
constexpr const char* kNet = R"([
  {"layer": "conv2d", "channels": 8, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"},
  {"layer": "residual", "body": [{"layer": "conv2d", "channels": 8, "padding": 1, "bias": false},
    {"layer": "batch_norm"}, {"layer": "relu"}, {"layer": "conv2d", "channels": 8, "padding": 1, "groups": 0}]},
  {"layer": "relu"}, {"layer": "global_average_pool"}, {"layer": "dropout"}, {"layer": "linear", "features": 3}])";

// With batch norms that have seen a batch.
std::unique_ptr<Network> trained() {
  auto network = std::make_unique<Network>(layers_of(kNet), kImages, dense(), 1);
  Tape tape(Recording::Off);
  Pass pass{.tape = tape, .averaged = 1};
  network->forward(random_tensor({64, 8, 8, 2}, 3), pass);
  return network;
}

struct Quantised {
  std::unique_ptr<Network> network;
  std::vector<QuantisedLayer> report;
  std::vector<uint8_t> bytes;
};
Quantised quantised(Network& network, const PostTraining& options) {
  Quantised result;
  result.network = quantised_after_training(network, random_tensor({48, 8, 8, 2}, 4), options, result.report);
  result.bytes = pack_model({"toy", {"a", "b", "c"}, {{0, 0}, {1, 1}}}, *result.network);
  return result;
}

double error_of_outputs(const Quantised& quantised) {
  double sum = 0;
  for (const QuantisedLayer& layer : quantised.report) sum += layer.output_error;
  return sum;
}

}  // namespace

TEST_CASE("rounding: a weight goes to one of its two integers, with the gradient of its way there") {
  const Tensor values = random_tensor({3, 1, 1, 20});
  RoundingWeight weight(values, {-1, -2, -1.5f}, {-31, 31});
  const Tensor before = effective_values(weight);
  for (int64_t i = 0; i < values.size(); ++i)  // it begins where the weight is
    CHECK(before.data<float>()[i] == doctest::Approx(values.data<float>()[i]).epsilon(1e-4));
  const Tensor target = random_tensor({3, 20}, 2);
  weight.push(0.05f, 3);
  const auto loss_of = [&](bool with_gradient) {
    Tape tape;
    Pass pass{.tape = tape};
    const Var loss = squared_error(tape, reshape(tape, weight.effective(pass), {3, 20}), target);
    if (with_gradient) tape.backward(loss);
    double push = 0;
    const Tensor now = effective_values(weight);
    for (int64_t i = 0; i < now.size(); ++i) {
      const double step = std::exp2(i < 20 ? -1.0 : i < 40 ? -2.0 : -1.5);
      const double h = now.data<float>()[i] / step - std::floor(values.data<float>()[i] / step);
      push += 0.05 * (1 - std::pow(std::fabs(2 * h - 1), 3));
    }
    return loss.value.item() + push;
  };
  loss_of(true);
  const Tensor gradient = weight.shares().grad.clone();
  for (const int64_t i : {0, 7, 23, 41, 59}) {
    float& v = weight.shares().value.data<float>()[i];
    const float was = v, apart = 0.02f;
    v = was + apart;
    const double above = loss_of(false);
    v = was - apart;
    const double below = loss_of(false);
    v = was;
    CHECK(gradient.data<float>()[i] ==
          doctest::Approx((above - below) / (2 * apart)).epsilon(0.01).scale(0.01));
  }
  const WeightCode code = weight.code();
  for (int64_t i = 0; i < values.size(); ++i) {
    const double u = values.data<float>()[i] / std::exp2(code.exponents[static_cast<size_t>(i / 20)]);
    CHECK(std::fabs(code.levels[static_cast<size_t>(i)] - u) < 1);
  }
}

TEST_CASE("post-training: eight bits change little, and the file gives the same scores bit for bit") {
  const auto network = trained();
  const Tensor images = random_tensor({9, 8, 8, 2}, 5), before = logits_of(*network, images);
  const Quantised result = quantised(*network, {});
  CHECK(result.report.size() == 4);
  for (const QuantisedLayer& layer : result.report) {
    CHECK(layer.weight_error < 0.02);
    CHECK(layer.output_error < 0.02);
  }
  for (const Network::Node& node : result.network->nodes()) {
    CHECK(node.kind() != "batch_norm");
    if (auto* const layer = as_quantise(*node.layer)) CHECK(layer->is_set());
    if (const Weight* const weight = node.layer->weight()) CHECK(!weight->code().levels.empty());
  }
  const Tensor after = logits_of(*result.network, images);
  CHECK(difference(before, after) < 0.05);
  const PackedModel file = unpack_model(result.bytes, "test");
  const Tensor read = logits_of(*file.network, images);
  for (int64_t i = 0; i < read.size(); ++i) CHECK(read.data<float>()[i] == after.data<float>()[i]);
}

TEST_CASE("post-training: biases take up mean errors, and learnt rounding loses less than the nearest") {
  PostTraining three{.bits = 3, .first_bits = 3, .last_bits = 3};
  three.correct_biases = false;
  const double nearest = error_of_outputs(quantised(*trained(), three));
  three.correct_biases = true;
  const double corrected = error_of_outputs(quantised(*trained(), three));
  three.rounding = Rounding::Learnt;
  three.rounding_steps = 1000;
  const double learnt = error_of_outputs(quantised(*trained(), three));
  CHECK(corrected < nearest);
  CHECK(learnt < 0.9 * corrected);
}

TEST_CASE("post-training: each way to fit a step; activations may stay floats") {
  for (const StepFit fit : {StepFit::LeastSquares, StepFit::Largest, StepFit::Percentile}) {
    PostTraining options{.bits = 6};
    options.steps = fit;
    CHECK(error_of_outputs(quantised(*trained(), options)) < 0.2);
  }
  PostTraining weights_only;
  weights_only.activations.reset();
  for (const Network::Node& node : quantised(*trained(), weights_only).network->nodes())
    CHECK(node.kind() != "quantise");
}

TEST_CASE("post-training: a network that is quantised already keeps its levels") {
  const Quantised once = quantised(*trained(), {.bits = 4});
  PackedModel file = unpack_model(once.bytes, "test");
  const Quantised twice = quantised(*file.network, {});
  CHECK(twice.bytes == once.bytes);
  for (const QuantisedLayer& layer : twice.report) CHECK(layer.output_error == 0);
}

TEST_CASE("post-training: the same bytes on any number of threads") {
  std::vector<std::vector<uint8_t>> files;
  for (const int threads : {1, 2, 3}) {
    const Context context({.threads = threads});
    const Context::Scope scope(context);
    PostTraining options{.bits = 4};
    options.rounding = Rounding::Learnt;
    options.rounding_steps = 20;
    files.push_back(quantised(*trained(), options).bytes);
  }
  CHECK(files[0] == files[1]);
  CHECK(files[0] == files[2]);
}

TEST_CASE("quantise: from a dense run to a file of integers, with its accuracy before and after") {
  const TrainingRuns place;
  place.train_well("dense", {"--set", R"(compress={"method":"none"})"});
  const auto run = [&](const std::vector<std::string>& arguments) {
    return run_program(place.directory.path(), arguments);
  };
  const Result plain = run({"quantise", "dense", "--data-dir", "data", "--threads", "1"});
  REQUIRE_MESSAGE(plain.exit_code == 0, plain.err);
  CHECK(contains(plain.out, "dense/quantised.pare: "));
  CHECK(contains(plain.out, "| 0.conv2d |    8 |"));
  CHECK(contains(run({"eval", "dense/quantised.pare", "--data-dir", "data"}).out, "of 200 "));
  const Result json = run({"quantise", "dense/checkpoint.safetensors", "--data-dir", "data", "--bits", "4",
                           "--rounding", "learnt", "--rounding-steps", "50", "-o", "four.pare", "--json"});
  REQUIRE_MESSAGE(json.exit_code == 0, json.err);
  const Json said = parse_json(json.out, "said");
  CHECK(said.find("before")->find("test_accuracy")->number() >= 0.9);
  CHECK(said.find("after")->find("test_accuracy")->number() >= 0.85);
  CHECK(said.find("layers")->items().size() == 4);
  CHECK(said.find("layers")->items()[1].find("bits")->integer() == 4);
  // The same examples, the same bytes.
  run({"quantise", "dense/checkpoint.safetensors", "--data-dir", "data", "--bits", "4", "--rounding",
       "learnt", "--rounding-steps", "50", "-o", "again.pare", "--threads", "2"});
  CHECK(contents(place.path("again.pare")) == contents(place.path("four.pare")));

  const Result own = run({"quantise", "dense", "--data-dir", "data", "-o", "dense/model.pare"});
  CHECK(own.exit_code == 2);
  const Result bits = run({"quantise", "dense", "--data-dir", "data", "--bits", "1"});
  CHECK(bits.exit_code == 2);
  CHECK(contains(bits.err, "--bits"));
}
