#include "layers/network/network.h"

#include <doctest/doctest.h>
#include <algorithm>

#include <cmath>

#include "framework/autograd/ops.h"
#include "tests/support/data_fixtures.h"
#include "tests/support/network_fixtures.h"

using namespace pare;

namespace {

constexpr Extent kDigits{28, 28, 1};

std::vector<std::string> outputs_of(const Network& network) {
  std::vector<std::string> outputs;
  for (const Network::Node& node : network.nodes())
    outputs.push_back(text(node.name, ' ', node.layer->output()));
  return outputs;
}

void set(Parameter& p, const std::function<float(int64_t)>& value) {
  for (int64_t i = 0; i < p.value.size(); ++i) p.value.data<float>()[i] = value(i);
}

}  // namespace

TEST_CASE("network: LeNet-5 has the shapes, weights and costs the literature counts") {
  Network network(layers_of(kLenet5), kDigits, dense(), 1);
  CHECK(network.weight_count() == 430'500);
  CHECK(network.parameter_count() == 431'080);
  CHECK(outputs_of(network) == std::vector<std::string>{"0.conv2d (24,24,20)", "1.max_pool (12,12,20)",
                                                        "2.relu (12,12,20)", "3.conv2d (8,8,50)",
                                                        "4.max_pool (4,4,50)", "5.relu (4,4,50)",
                                                        "6.flatten (4,4,50)", "7.linear (1,1,500)",
                                                        "8.relu (1,1,500)", "9.linear (1,1,10)"});
  const int64_t first = 24 * 24 * 20 * 25, second = 8 * 8 * 50 * 25 * 20, linear = 800 * 500 + 500 * 10;
  CHECK(network.multiply_adds() == first + second + linear);
  // Nobody wants the gradient of the images, so the first layer does two thirds of the others' work.
  CHECK(network.training_flops() == 4 * first + 6 * (second + linear));
  CHECK(logits_of(network, random_tensor({3, 28, 28, 1})).shape() == Shape{3, 10});
}

TEST_CASE("network: bits and exponents are not counted as parameters of the network") {
  Network network(layers_of(kLenet5), kDigits, self_compressing(), 1);
  CHECK(network.weight_count() == 430'500);
  CHECK(network.parameter_count() == 431'080);
}

TEST_CASE("network: LeNet-300-100 has 266,200 weights") {
  Network network(layers_of(kLenet300), kDigits, dense(), 1);
  CHECK(network.weight_count() == 266'200);
  CHECK(network.parameter_count() == 266'610);
  CHECK(network.multiply_adds() == 266'200);
  CHECK(logits_of(network, random_tensor({2, 28, 28, 1})).shape() == Shape{2, 10});
}

TEST_CASE("network: whatever the last layer is, the loss falls along its gradient as the gradient says") {
  const std::string first = R"({"layer": "conv2d", "channels": 6, "kernel": 3}, {"layer": "relu"}, )";
  for (
      const std::string last :
      {R"({"layer": "conv2d", "channels": 4, "kernel": 1}, {"layer": "global_average_pool"})",
       R"({"layer": "conv2d", "channels": 4, "kernel": 6})",
       R"({"layer": "conv2d", "channels": 4, "kernel": 6}, {"layer": "batch_norm"}, {"layer": "relu"})",
       R"({"layer": "conv2d", "channels": 4, "kernel": 6},
           {"layer": "residual", "body": [{"layer": "gate"}, {"layer": "conv2d", "channels": 4, "kernel": 1}]})",
       R"({"layer": "flatten"}, {"layer": "linear", "features": 4}, {"layer": "relu"})",
       // A vector is an image of one pixel, whoever made it.
       R"({"layer": "global_average_pool"}, {"layer": "residual", "body": [{"layer": "linear", "features": 6}]},
           {"layer": "linear", "features": 4})",
       R"({"layer": "global_average_pool"}, {"layer": "residual",
            "body": [{"layer": "linear", "features": 6}, {"layer": "batch_norm"}]}, {"layer": "relu"},
           {"layer": "linear", "features": 4})"}) {
    CAPTURE(last);
    Network network(layers_of("[" + first + last + "]"), {8, 8, 2}, dense(), 1);
    const Tensor images = random_tensor({5, 8, 8, 2});
    const std::vector<int32_t> labels = {0, 1, 2, 3, 1};
    const auto loss = [&](Recording recording) {
      Tape tape(recording);
      Pass pass{tape, Mode::Train, DType::F32, 0, 0};
      const Var of_scores = cross_entropy(tape, network.forward(images, pass), labels);
      tape.backward(of_scores);
      return double{of_scores.value.item()};
    };
    loss(Recording::On);
    double squares = 0;
    network.visit([&](Parameter& p) {
      if (!p.grad) return;
      for (const float g : p.grad.floats()) squares += double{g} * g;
    });
    const auto walk = [&](float step) {
      network.visit([&](Parameter& p) {
        for (int64_t i = 0; p.grad && i < p.value.size(); ++i)
          p.value.data<float>()[i] += step * p.grad.data<float>()[i];
      });
      return loss(Recording::Off);
    };
    const float step = 1e-3f / static_cast<float>(std::sqrt(squares));
    const double ahead = walk(step), behind = walk(-2 * step);
    CHECK((ahead - behind) / (2 * step) == doctest::Approx(squares).epsilon(0.02));
  }
}

TEST_CASE("network: a layer that does not fit is named, with both shapes") {
  struct Case {
    const char* network;
    Extent images;
    std::vector<std::string> says;
  };
  const std::string linear = R"({"layer": "linear", "features": 10})";
  const Case cases[] = {
      {"[]", kDigits, {"no layers"}},
      {R"([{"layer": "conv2d", "channels": 3, "kernel": 5}])", {4, 9, 2}, {"0.conv2d", "(5,5)", "(4,9,2)"}},
      {R"([{"layer": "conv2d", "channels": 3, "kernel": 3, "dilation": 3}])",
       {6, 6, 1},
       {"0.conv2d", "(3,3)", "(6,6,1)"}},
      {R"([{"layer": "relu"}, {"layer": "max_pool", "size": 5}])",
       {4, 4, 3},
       {"1.max_pool", "(5,5)", "(4,4,3)"}},
      {R"([{"layer": "average_pool", "size": 2, "padding": 2}])",
       {4, 4, 3},
       {"0.average_pool", "padding 2", "size 2"}},
      {R"([{"layer": "flatten"}, {"layer": "conv2d", "channels": 3}])",
       {8, 7, 1},
       {"1.conv2d", "(8,7,1)", "flatten"}},
      {R"([{"layer": "flatten"}, {"layer": "max_pool"}])", {8, 7, 1}, {"1.max_pool", "(8,7,1)", "flatten"}},
      {R"([{"layer": "flatten"}, {"layer": "global_average_pool"}])",
       {8, 7, 1},
       {"1.global_average_pool", "(8,7,1)"}},
      {R"([{"layer": "conv2d", "channels": 3}])", {8, 7, 1}, {"0.conv2d", "(6,5,3)"}},
      {R"([{"layer": "residual", "body": []}])", {8, 7, 1}, {"0.residual", "empty"}},
      {R"([{"layer": "flatten"}, {"layer": "linear", "name": "3.linear", "features": 10}])",
       {8, 7, 1},
       {"layer 1", "the name 3.linear"}},
      // Numbers that an int cannot be multiplied or doubled with.
      {R"([{"layer": "conv2d", "channels": 3, "padding": 2147483647}])", {8, 7, 1}, {"0.conv2d"}},
      {R"([{"layer": "conv2d", "channels": 3, "kernel": 2147483647, "dilation": 2147483647}])",
       {8, 7, 1},
       {"0.conv2d"}},
      {R"([{"layer": "max_pool", "size": 2147483647, "padding": 2147483646}])", {8, 7, 1}, {"0.max_pool"}},
      {R"([{"layer": "linear", "features": 2147483647}, {"layer": "linear", "features": 2147483647}])",
       {8, 7, 1},
       {"features", "[1, 1048576]", "2147483647"}},
      {R"([{"layer": "linear", "features": 1048576}, {"layer": "linear", "features": 1048576}])",
       {8, 7, 1},
       {"1.linear", "more than 2^31"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.network);
    const std::string message =
        failure_of(Failure::Usage, [&] { Network(layers_of(c.network), c.images, dense(), 1); });
    for (const std::string& part : c.says) CHECK_MESSAGE(contains(message, part), message, " lacks ", part);
    CHECK(!contains(message, "\n"));
  }
}

TEST_CASE("network: first weights are a function of seed and name, whatever else there is") {
  const std::string first = R"({"layer": "linear", "features": 6}, {"layer": "linear", "features": 6})";
  Network small(layers_of("[" + first + "]"), {1, 1, 6}, dense(), 1);
  Network large(layers_of("[" + first + R"(, {"layer": "relu"}, {"layer": "linear", "features": 3}])"),
                {1, 1, 6}, dense(), 1);
  Network other(layers_of("[" + first + "]"), {1, 1, 6}, dense(), 2);
  const auto weights = [](Network& network, const char* name) {
    return numbers(parameter(network, name).value);
  };
  CHECK(weights(small, "0.linear.weight") == weights(large, "0.linear.weight"));
  CHECK(weights(small, "1.linear.weight") == weights(large, "1.linear.weight"));
  CHECK(weights(small, "0.linear.weight") != weights(small, "1.linear.weight"));
  CHECK(weights(small, "0.linear.weight") != weights(other, "0.linear.weight"));
  CHECK(weights(small, "0.linear.bias") == std::vector<float>(6, 0.0f));

  const std::string inner = R"({"layer": "residual", "body": [{"layer": "linear", "features": 6}]})";
  Network before(layers_of(R"([{"layer": "relu"}, {"layer": "dropout"}, )" + inner + ", " + first + "]"),
                 {1, 1, 6}, dense(), 1);
  CHECK(weights(small, "0.linear.weight") == weights(before, "3.linear.weight"));
  CHECK(weights(small, "1.linear.weight") == weights(before, "4.linear.weight"));
  CHECK(weights(small, "0.linear.weight") != weights(before, "2.body.0.linear.weight"));
}

TEST_CASE("network: a layer with a name keeps its first weights wherever it stands") {
  const std::string named = R"({"layer": "linear", "name": "head", "features": 6})";
  Network alone(layers_of("[" + named + "]"), {1, 1, 6}, dense(), 1);
  Network behind(layers_of(R"([{"layer": "linear", "features": 6}, )" + named + "]"), {1, 1, 6}, dense(), 1);
  CHECK(numbers(parameter(alone, "head.weight").value) == numbers(parameter(behind, "head.weight").value));
  Network lookalike(layers_of(R"([{"layer": "linear", "features": 6},
                                  {"layer": "linear", "name": "linear_0", "features": 6}])"),
                    {1, 1, 6}, dense(), 1);
  CHECK(numbers(parameter(lookalike, "0.linear.weight").value) !=
        numbers(parameter(lookalike, "linear_0.weight").value));
  const std::string message = failure_of(Failure::Usage, [&] {
    Network(layers_of("[" + named + ", " + named + "]"), {1, 1, 6}, dense(), 1);
  });
  CHECK(contains(message, "two layers have the name head"));
}

TEST_CASE("network: first weights have the variance their initialiser asks for") {
  struct Case {
    Initialiser initialiser;
    double variance;
    bool bounded;
  };
  const Shape shape{64, 3, 3, 32};  // fan-in 288, fan-out 576
  const Case cases[] = {{Initialiser::HeNormal, 2.0 / 288, false},
                        {Initialiser::HeUniform, 2.0 / 288, true},
                        {Initialiser::GlorotNormal, 2.0 / (288 + 576), false},
                        {Initialiser::GlorotUniform, 2.0 / (288 + 576), true}};
  for (const Case& c : cases) {
    double squares = 0, largest = 0;
    const Tensor weights = initial_weights({"w", shape, 1, 3, "w"}, c.initialiser);
    for (const float w : weights.floats()) {
      squares += double{w} * w;
      largest = std::max(largest, std::fabs(double{w}));
    }
    CHECK(squares / static_cast<double>(weights.size()) == doctest::Approx(c.variance).epsilon(0.05));
    CHECK((largest < 1.8 * std::sqrt(c.variance)) == c.bounded);
  }
}

TEST_CASE("network: keep cuts rows, columns and biases, and remembers which channels are left") {
  Network network(
      layers_of(R"([{"layer": "conv2d", "channels": 4, "kernel": 3}, {"layer": "max_pool"}, {"layer": "relu"},
                                {"layer": "flatten"}, {"layer": "linear", "features": 5}, {"layer": "linear", "features": 3}])"),
      {6, 6, 2}, dense(), 1);
  // Every number says where it was: 1000 times the output channel, plus its place in the row.
  for (const char* name : {"0.conv2d.weight", "4.linear.weight", "5.linear.weight"}) {
    Parameter& p = parameter(network, name);
    const int64_t row = p.value.shape().row();
    set(p, [row](int64_t i) { return static_cast<float>(1000 * (i / row) + i % row); });
  }
  set(parameter(network, "0.conv2d.bias"), [](int64_t i) { return static_cast<float>(i); });

  network.keep({{1, 2, 3}, {1, 2, 3}, {1, 2, 3}, {1, 2, 3}, {0, 1, 2, 3, 4}, {0, 1, 2}});
  network.keep({{0, 2}, {0, 2}, {0, 2}, {0, 2}, {1, 4}, {0, 1, 2}});

  CHECK(network.nodes()[0].channels == std::vector<int>{1, 3});
  CHECK(network.nodes()[3].channels == std::vector<int>{1, 3});
  CHECK(network.nodes()[4].channels == std::vector<int>{1, 4});
  CHECK(network.nodes()[5].channels == std::vector<int>{0, 1, 2});
  CHECK(network.nodes()[0].original_channels == 4);
  CHECK(outputs_of(network) == std::vector<std::string>{"0.conv2d (4,4,2)", "1.max_pool (2,2,2)",
                                                        "2.relu (2,2,2)", "3.flatten (2,2,2)",
                                                        "4.linear (1,1,2)", "5.linear (1,1,3)"});
  CHECK(parameter(network, "0.conv2d.weight").value.shape() == Shape{2, 3, 3, 2});
  CHECK(parameter(network, "0.conv2d.weight").value.data<float>()[18] == 3000);
  CHECK(numbers(parameter(network, "0.conv2d.bias").value) == std::vector<float>{1, 3});
  // Of each of the four pixels of (2,2,4), channels 1 and 3 of rows 1 and 4.
  CHECK(numbers(parameter(network, "4.linear.weight").value) ==
        std::vector<float>{1001, 1003, 1005, 1007, 1009, 1011, 1013, 1015, 4001, 4003, 4005, 4007, 4009, 4011,
                           4013, 4015});
  CHECK(numbers(parameter(network, "5.linear.weight").value) ==
        std::vector<float>{1, 4, 1001, 1004, 2001, 2004});
  CHECK(logits_of(network, random_tensor({2, 6, 6, 2})).shape() == Shape{2, 3});
}

TEST_CASE("fixtures: a difference is NaN when one of the numbers is") {
  const Tensor good = Tensor::of({3}, std::vector<float>{1, 2, 4});
  CHECK(difference(good, Tensor::of({3}, std::vector<float>{1, 3, 4})) == 0.25);
  for (int at = 0; at < 3; ++at) {
    Tensor bad = good.clone();
    bad.data<float>()[at] = std::nanf("");
    CHECK(!(difference(good, bad) <= 1e9));
    CHECK(!(difference(bad, good) <= 1e9));
    CHECK(!(difference(bad, bad) <= 1e9));
  }
}
