// Pruning: exact counts, the ladder of the paper, ties, rates, scopes, filters, and the recipes of the
// methods.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "compress/lottery/recipe.h"
#include "framework/base/rng.h"
#include "layers/mixing/linear.h"
#include "optim/schedules.h"
#include "tests/support/network_fixtures.h"

using namespace pare;

namespace {

Prunable layer(const char* name, double rate, const Shape& shape, std::vector<float> weights) {
  return {name, rate, Tensor::of(shape, weights), Tensor::full(shape, 1.0f)};
}

Prunable random_layer(const char* name, double rate, const Shape& shape) {
  Prunable made{name, rate, Tensor(shape), Tensor::full(shape, 1.0f)};
  Rng rng(7, name);
  for (float& w : made.weights.floats()) w = rng.normal();
  return made;
}

int64_t ones(const Tensor& mask) {
  const auto m = mask.floats();
  return std::count(m.begin(), m.end(), 1.0f);
}

// Weights left in percent, to two decimals.
double percent(const std::vector<std::pair<int64_t, double>>& layers, int level) {
  int64_t total = 0, left = 0;
  for (const auto& [count, rate] : layers) {
    total += count;
    left += left_after(count, rate, level);
  }
  return std::round(1e4 * static_cast<double>(left) / static_cast<double>(total)) / 100;
}

}  // namespace

TEST_CASE("lottery: prune: the shares of weights left are those the paper prints") {
  const std::vector<std::pair<int64_t, double>> lenet = {{235200, 0.2}, {30000, 0.2}, {1000, 0.1}};
  const std::vector<std::pair<int, double>> lenet_ladder = {{0, 100},   {1, 80.04}, {2, 64.06}, {3, 51.28},
                                                            {5, 32.87}, {7, 21.07}, {9, 13.52}, {10, 10.83},
                                                            {12, 6.95}, {15, 3.58}, {18, 1.85}, {20, 1.19}};
  for (const auto& [level, wanted] : lenet_ladder)
    CHECK(percent(lenet, level) == doctest::Approx(wanted).epsilon(1e-9));

  const std::vector<std::pair<int64_t, double>> conv2 = {
      {1728, 0.1}, {36864, 0.1}, {16 * 16 * 64 * 256, 0.2}, {65536, 0.2}, {2560, 0.1}};
  CHECK(percent(conv2, 11) == doctest::Approx(8.81).epsilon(1e-9));
  CHECK(percent(conv2, 14) == doctest::Approx(4.57).epsilon(1e-9));
  const std::vector<std::pair<int64_t, double>> conv4 = {
      {1728, 0.1},  {36864, 0.1}, {73728, 0.1}, {147456, 0.1}, {8 * 8 * 128 * 256, 0.2},
      {65536, 0.2}, {2560, 0.1}};
  CHECK(percent(conv4, 11) == doctest::Approx(11.06).epsilon(1e-9));
  CHECK(percent(conv4, 12) == doctest::Approx(9.18).epsilon(1e-9));
  CHECK(percent(conv4, 15) == doctest::Approx(5.37).epsilon(1e-9));
  const std::vector<std::pair<int64_t, double>> conv6 = {{1728, 0.15},
                                                         {36864, 0.15},
                                                         {73728, 0.15},
                                                         {147456, 0.15},
                                                         {294912, 0.15},
                                                         {589824, 0.15},
                                                         {4 * 4 * 256 * 256, 0.2},
                                                         {65536, 0.2},
                                                         {2560, 0.1}};
  CHECK(percent(conv6, 7) == doctest::Approx(26.61).epsilon(1e-9));
  CHECK(percent(conv6, 10) == doctest::Approx(15.29).epsilon(1e-9));
}

TEST_CASE("lottery: prune: round after round the masks have exactly those counts and only ever shrink") {
  std::vector<Prunable> layers = {random_layer("a", 0.2, {30, 1, 1, 47}),
                                  random_layer("b", 0.1, {10, 1, 1, 30})};
  for (int level = 1; level <= 20; ++level) {
    const std::vector<Tensor> masks = prune(layers, {}, level);
    for (size_t i = 0; i < layers.size(); ++i) {
      CHECK(ones(masks[i]) == left_after(masks[i].size(), layers[i].rate, level));
      float smallest_kept = 1e9f, largest_gone = 0;
      for (int64_t w = 0; w < masks[i].size(); ++w) {
        const float before = layers[i].mask.data<float>()[w], after = masks[i].data<float>()[w];
        CHECK(after <= before);
        const float magnitude = std::fabs(layers[i].weights.data<float>()[w]);
        if (after == 1) smallest_kept = std::min(smallest_kept, magnitude);
        if (before == 1 && after == 0) largest_gone = std::max(largest_gone, magnitude);
      }
      CHECK(smallest_kept > largest_gone);
      layers[i].mask = masks[i];
    }
  }
  CHECK(numbers(prune(layers, {}, 20)[0]) == numbers(layers[0].mask));  // at its level already: nothing goes
}

TEST_CASE("lottery: prune: among equals the earlier stay, and never one more or less goes") {
  const std::vector<Prunable> equal = {layer("a", 0.5, {2, 1, 1, 3}, {1, -1, 1, 1, -1, 1})};
  CHECK(numbers(prune(equal, {}, 1)[0]) == std::vector<float>{1, 1, 1, 0, 0, 0});
  const std::vector<Prunable> zeros = {layer("a", 0.2, {1, 1, 1, 5}, {0, 0, 0, 0, 0})};
  CHECK(numbers(prune(zeros, {}, 1)[0]) == std::vector<float>{1, 1, 1, 1, 0});
  PruneConfig global;
  global.scope = Scope::Global;
  const std::vector<Prunable> two = {layer("a", 0.5, {1, 1, 1, 2}, {2, 2}),
                                     layer("b", 0.5, {1, 1, 1, 2}, {2, 2})};
  CHECK(numbers(prune(two, global, 1)[0]) == std::vector<float>{1, 1});
  CHECK(numbers(prune(two, global, 1)[1]) == std::vector<float>{0, 0});
}

TEST_CASE("lottery: prune: in global scope layers compete, and a rate of 0 keeps out") {
  PruneConfig global;
  global.scope = Scope::Global;
  const std::vector<Prunable> layers = {layer("a", 0.5, {1, 1, 1, 4}, {5, 6, 7, 1}),
                                        layer("b", 0.5, {1, 1, 1, 4}, {2, 3, -8, 4}),
                                        layer("c", 0, {1, 1, 1, 2}, {0.1f, 0.1f})};
  const std::vector<Tensor> masks = prune(layers, global, 1);
  CHECK(numbers(masks[0]) == std::vector<float>{1, 1, 1, 0});
  CHECK(numbers(masks[1]) == std::vector<float>{0, 0, 1, 0});
  CHECK(numbers(masks[2]) == std::vector<float>{1, 1});
}

TEST_CASE("lottery: prune: whole filters go by their mean magnitude") {
  PruneConfig filters;
  filters.structure = Structure::Outputs;
  const std::vector<Prunable> layers = {layer("a", 0.5, {4, 1, 1, 2}, {9, 0, -3, 3, 4, -4, 1, 1})};
  CHECK(numbers(prune(layers, filters, 1)[0]) == std::vector<float>{1, 1, 0, 0, 1, 1, 0, 0});
}

TEST_CASE("lottery: prune: the output layer goes at half its kind's rate, spared layers not at all") {
  LayerList list;
  for (const int features : {6, 5, 4}) {
    auto linear = choose(layer_table(), "linear");
    dynamic_cast<LinearConfig&>(*linear).features = features;
    list.push_back(std::move(linear));
  }
  Network network(list, {1, 1, 3}, MaskedConfig().make()->weights(Initialiser::GlorotNormal), 1);
  PruneConfig config;
  std::vector<Prunable> layers = prunable_layers(network, config);
  CHECK(layers[0].rate == 0.2);
  CHECK(layers[2].rate == doctest::Approx(0.1));
  config.spared = {"0.linear"};
  config.structure = Structure::Outputs;
  layers = prunable_layers(network, config);
  CHECK(layers[0].rate == 0);
  CHECK(layers[1].rate == 0.2);
  CHECK(layers[2].rate == 0);  // a class score is no unit
  config.spared = {"0.conv2d"};
  CHECK_THROWS_WITH_AS(
      prunable_layers(network, config),
      "lottery.prune.spared: no layer with weights is called '0.conv2d'; the first one is '0.linear'", Error);
}

TEST_CASE("lottery: prune: gates are not pruned, and the last layer is the one with the scores") {
  const char* const layers = R"([{"layer": "conv2d", "channels": 4, "kernel": 1}, {"layer": "gate"},
                                 {"layer": "flatten"}, {"layer": "linear", "features": 3},
                                 {"layer": "gate"}])";
  Network network(layers_of(layers), {2, 2, 1}, MaskedConfig().make()->weights(Initialiser::GlorotNormal), 1);
  const std::vector<Prunable> prunable = prunable_layers(network, {});
  REQUIRE(prunable.size() == 2);
  CHECK(prunable[0].name == "0.conv2d");
  CHECK(prunable[1].name == "3.linear");
  CHECK(prunable[1].rate == doctest::Approx(0.1));
}

TEST_CASE("lottery: prune: a shuffled mask has the same counts at other places") {
  std::vector<Prunable> layers = {random_layer("a", 0.5, {20, 1, 1, 20}),
                                  random_layer("b", 0.5, {20, 1, 1, 20})};
  layers[0].mask = prune(layers, {}, 2)[0];
  layers[1].mask = layers[0].mask;
  const std::vector<Tensor> masks = shuffled(layers, Structure::Weights, 3, 2);
  CHECK(ones(masks[0]) == 100);
  CHECK(numbers(masks[0]) != numbers(layers[0].mask));
  CHECK(numbers(masks[0]) != numbers(masks[1]));  // a stream a layer
  CHECK(numbers(masks[0]) == numbers(shuffled(layers, Structure::Weights, 3, 2)[0]));
  CHECK(numbers(masks[0]) != numbers(shuffled(layers, Structure::Weights, 4, 2)[0]));
}

TEST_CASE("lottery: recipes: what each method rewinds") {
  LotteryPlan plan;
  plan.rewinding_steps = {500, Length::Unit::Iterations};
  StepSchedule schedule;
  schedule.milestones = {{600, Length::Unit::Iterations}, {800, Length::Unit::Iterations}};
  const Position dense{0, 1000, 100};
  const auto recipe = [&](TicketMethod method, Role role) {
    return recipe_of(method, role, plan, schedule, dense);
  };

  const Recipe imp = recipe(TicketMethod::Imp, Role::Main);
  CHECK(imp.first == 0);
  CHECK(imp.mask == Recipe::Mask::Previous);
  CHECK(imp.weights == Recipe::Weights::Rewound);
  const Recipe rewound = recipe(TicketMethod::WeightRewind, Role::Main);
  CHECK(rewound.first == 500);
  CHECK(rewound.total == 1000);
  CHECK_FALSE(rewound.fresh_optimiser());
  const Recipe rate = recipe(TicketMethod::LrRewind, Role::Branch);
  CHECK(rate.first == 500);
  CHECK(rate.weights == Recipe::Weights::Trained);
  CHECK(rate.mask == Recipe::Mask::Main);
  CHECK(rate.fresh_optimiser());
  const Recipe tuned = recipe(TicketMethod::FineTune, Role::Main);
  CHECK(tuned.first == 1000);
  CHECK(tuned.total == 2000);
  CHECK(*tuned.fixed_factor == doctest::Approx(0.01));
  CHECK(recipe(TicketMethod::OneShot, Role::Branch).mask == Recipe::Mask::Dense);

  CHECK(recipe(TicketMethod::RandomReinit, Role::Branch).first == 0);
  plan.method = TicketMethod::WeightRewind;  // controls mirror the main run
  CHECK(recipe(TicketMethod::RandomReinit, Role::Branch).first == 500);
  CHECK(recipe(TicketMethod::RandomReinit, Role::Branch).weights == Recipe::Weights::Redrawn);
  CHECK(recipe(TicketMethod::RandomPrune, Role::Branch).mask == Recipe::Mask::MainShuffled);
}
