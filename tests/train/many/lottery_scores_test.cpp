// What weights are judged by when they are pruned, and pruning before training.
#include "train/lottery/scores.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "tests/support/lottery_lab.h"

using namespace pare;

namespace {

// An experiment of the lab's images with masked weights.
struct Scored : Lab {
  Experiment experiment(const std::string& network) const {
    Json json = config;
    json.set("network", parse_json(network, "network"));
    std::erase_if(json.members(), [](const Json::Member& m) { return m.first == "lottery"; });
    json.set("compress", Json::object({{"method", "masked"}}));
    return {read_config<RunConfig>(json, "test"), files.path()};
  }
};

PruneConfig judged_by(Importance score, Structure structure = Structure::Weights) {
  PruneConfig config;
  config.score = score;
  config.structure = structure;
  config.score_batches = 2;
  return config;
}

constexpr const char* kPlain =
    R"([{"layer": "conv2d", "channels": 4, "kernel": 2, "bias": false}, {"layer": "relu"},
    {"layer": "conv2d", "channels": 5, "kernel": 2, "bias": false}, {"layer": "relu"},
    {"layer": "flatten"}, {"layer": "linear", "features": 10, "bias": false}])";
constexpr const char* kNormed =
    R"([{"layer": "conv2d", "channels": 4, "kernel": 2, "bias": false}, {"layer": "batch_norm"},
    {"layer": "relu"}, {"layer": "flatten"}, {"layer": "linear", "features": 10}])";

double sum_of(const Tensor& t) {
  return std::accumulate(t.floats().begin(), t.floats().end(), 0.0,
                         [](double a, float b) { return a + std::fabs(b); });
}

double share_left(const Tensor& mask) { return sum_of(mask) / static_cast<double>(mask.size()); }

// The sum of the losses of the first two batches.
double loss_of(Experiment& experiment) {
  const Batches batches = experiment.training_batches();
  double sum = 0;
  for (int b = 0; b < 2; ++b) {
    const Batch batch = batches.get(0, b);
    Tape tape(Recording::Off);
    Pass pass{.tape = tape};
    sum += experiment.task().loss(tape, experiment.network().forward(batch.inputs, pass), batch).value.item();
  }
  return sum;
}

}  // namespace

TEST_CASE("lottery: scores: SNIP is what the loss would change by, to first order") {
  const Scored lab;
  Experiment experiment = lab.experiment(kPlain);
  const Context::Scope scope(experiment.context());
  const std::vector<Prunable> layers = scored_layers(experiment, judged_by(Importance::Snip), 1);
  const std::vector<MaskedLayer> masked = masked_layers(experiment.network());
  for (size_t layer = 0; layer < layers.size(); ++layer)
    for (const int64_t i : {0, 5, 11}) {
      float* const w = const_cast<Tensor&>(masked[layer].weight->value().value).data<float>() + i;
      const float was = *w, apart = 0.01f;
      *w = was + apart;
      const double above = loss_of(experiment);
      *w = was - apart;
      const double below = loss_of(experiment);
      *w = was;
      CHECK(layers[layer].weights.data<float>()[i] ==
            doctest::Approx(was * (above - below) / (2 * apart)).epsilon(0.02).scale(0.01));
    }
}

TEST_CASE("lottery: scores: SynFlow conserves the flow: each layer's scores have the same sum") {
  const Scored lab;
  Experiment experiment = lab.experiment(kPlain);
  const std::vector<Prunable> layers = scored_layers(experiment, judged_by(Importance::SynFlow), 1);
  REQUIRE(layers.size() == 3);
  for (const Prunable& layer : layers) {
    CHECK(sum_of(layer.weights) == doctest::Approx(sum_of(layers[0].weights)).epsilon(1e-5));
    CHECK(sum_of(layer.weights) > 0);
  }
  // The network is as it was.
  Experiment again = lab.experiment(kPlain);
  CHECK(sum_of(masked_layers(experiment.network())[0].weight->value().value) ==
        sum_of(masked_layers(again.network())[0].weight->value().value));
}

TEST_CASE("lottery: scores: each leaves exactly the counts asked for, and SynFlow something of every layer") {
  const Scored lab;
  for (const Importance score : {Importance::Magnitude, Importance::Random, Importance::Snip,
                                 Importance::Taylor, Importance::SynFlow}) {
    Experiment experiment = lab.experiment(kPlain);
    PruneConfig config = judged_by(score);
    config.conv2d = config.linear = 0.5;
    config.output_factor = 1;
    for (const Tensor& mask : pruned_masks(experiment, config, 0, 2))
      CHECK(share_left(mask) == doctest::Approx(0.25).epsilon(0.05));
  }
  Experiment experiment = lab.experiment(kPlain);
  PruneConfig harsh = judged_by(Importance::SynFlow);
  harsh.scope = Scope::Global;
  harsh.conv2d = harsh.linear = 0.5;
  harsh.output_factor = 1;
  double left = 0, all = 0;
  for (const Tensor& mask : pruned_masks(experiment, harsh, 0, 4)) {
    CHECK(sum_of(mask) > 0);
    left += sum_of(mask);
    all += static_cast<double>(mask.size());
  }
  CHECK(left == doctest::Approx(all / 16).epsilon(0.05));
}

TEST_CASE("lottery: scores: filters go by their sum of w dL/dw, or by the batch norm behind") {
  const Scored lab;
  Experiment experiment = lab.experiment(kNormed);
  experiment.network().visit([](Parameter& p) {
    if (p.name == "1.batch_norm.gamma") p.value = Tensor::of({4}, std::vector<float>{1, -0.2f, 0.5f, 2});
  });
  PruneConfig config = judged_by(Importance::BatchNorm, Structure::Outputs);
  config.conv2d = 0.5;
  const std::vector<Tensor> masks = pruned_masks(experiment, config, 0, 1);
  const int64_t row = masks[0].shape().row();
  for (int64_t o = 0; o < 4; ++o) CHECK(masks[0].data<float>()[o * row] == (o == 0 || o == 3 ? 1 : 0));
  CHECK(share_left(masks[1]) == 1);  // class scores stay
  config.invert = true;
  CHECK(pruned_masks(experiment, config, 0, 1)[0].data<float>()[row] == 1);
  const std::vector<Prunable> taylor =
      scored_layers(experiment, judged_by(Importance::Taylor, Structure::Outputs), 1);
  for (int64_t i = 0; i < row; ++i)
    CHECK(taylor[0].weights.data<float>()[i] == taylor[0].weights.data<float>()[0]);

  const Context::Scope scope(experiment.context());
  CHECK(contains(
      failure_of(Failure::Usage, [&] { scored_layers(experiment, judged_by(Importance::BatchNorm), 1); }),
      "whole filters"));
  Experiment plain = lab.experiment(kPlain);
  CHECK(contains(
      failure_of(Failure::Usage,
                 [&] { scored_layers(plain, judged_by(Importance::BatchNorm, Structure::Outputs), 1); }),
      "there is none behind 0.conv2d"));
}

TEST_CASE(
    "lottery: scores: pruned before training, a network has the mask of its first weights, however it is "
    "trained") {
  const auto mask_after = [](const std::string& epochs, const std::string& score) {
    Lab lab;
    lab.config.set("epochs", epochs);
    lab.lottery().set("method", "at_start");
    lab.lottery().set("branches",
                      Json::object({{"random_reinit", Json::array({2})}, {"at_start", Json::array({1})}}));
    lab.lottery().set("prune", Json::object({{"score", score}, {"linear", 0.5}, {"score_batches", 3}}));
    CHECK(lab.run("out", {0, 1, 2}) == Outcome::Finished);
    const SafetensorsFile mask = lab.tensors("out/replicate_1/level_2/main/mask.safetensors");
    const SafetensorsFile other = lab.tensors("out/replicate_1/level_2/reinit/mask.safetensors");
    const auto numbers = [](const SafetensorsFile& file) {
      const Tensor of_layer = file.find("1.linear")->to(DType::F32);
      return std::vector<float>(of_layer.floats().begin(), of_layer.floats().end());
    };
    CHECK(numbers(mask) == numbers(other));
    return numbers(mask);
  };
  for (const std::string score : {"magnitude", "snip", "synflow"}) {
    const std::vector<float> mask = mask_after("30it", score);
    CHECK(std::accumulate(mask.begin(), mask.end(), 0.0) == std::round(static_cast<double>(mask.size()) / 4));
    CHECK(mask == mask_after("10it", score));
  }
  CHECK(mask_after("10it", "snip") != mask_after("10it", "magnitude"));
}

TEST_CASE("lottery: scores: interrupted anywhere, a hunt by SNIP ends in the same bytes") {
  Lab lab;
  lab.lottery().set("prune", Json::object({{"score", "snip"}}));
  CHECK(lab.run("whole", {0, 1, 2}) == Outcome::Finished);
  while (lab.run("pieces", {0, 1, 2}, 1, 16) == Outcome::Interrupted) {
  }
  for (const std::string level : {"level_1/main", "level_2/main", "level_2/one_shot"}) {
    const std::string file = "/replicate_1/" + level + "/weights.safetensors";
    CHECK(read_file(lab.out("whole") + file, 1 << 24) == read_file(lab.out("pieces") + file, 1 << 24));
  }
}
