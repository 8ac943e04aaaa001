#include "optim/optimizer.h"

#include <doctest/doctest.h>

#include <cmath>

#include "optim/parameter_groups.h"
#include "optim/rules/adam.h"
#include "optim/rules/sgd.h"
#include "tests/support/data_fixtures.h"

using namespace pare;

namespace {

constexpr int kSteps = 3;
const std::vector<double> kStart = {1.0, -2.0, 0.5};
// One gradient a step, per element.
const std::vector<std::vector<double>> kGradients = {{0.5, -1.0, 2.0}, {-0.25, 3.0, 0.0}, {1.0, 1.0, -1.0}};

Tensor tensor_of(const std::vector<double>& values) {
  const std::vector<float> floats(values.begin(), values.end());
  return Tensor::of({static_cast<int64_t>(floats.size())}, floats);
}

Parameter parameter_of(const std::vector<double>& values, ParameterTag kind = ParameterTag::Weight) {
  return {"p", kind, tensor_of(values), {}, {}};
}

Optimizers all_moved_by(const OptimizerConfig& config) {
  Optimizers optimizers;
  optimizers.add({ParameterTag::Weight, ParameterTag::Bias}, config.make());
  return optimizers;
}

void check_close(const Tensor& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == static_cast<int64_t>(expected.size()));
  for (size_t i = 0; i < expected.size(); ++i)
    CHECK(std::fabs(got.data<float>()[i] - expected[i]) <= 1e-6 * (1 + std::fabs(expected[i])));
}

// Moves kStart by kGradients and compares with `rule`, which moves one element in double precision after each
// step: rule(w, g, memory, t), where memory holds two numbers that begin at zero.
template <class Rule>
void check_rule(const OptimizerConfig& config, ParameterTag kind, const Rule& rule) {
  Parameter p = parameter_of(kStart, kind);
  Optimizers optimizers = all_moved_by(config);
  std::vector<double> expected = kStart;
  double memory[3][2] = {};
  for (int t = 1; t <= kSteps; ++t) {
    p.grad = tensor_of(kGradients[t - 1]);
    optimizers.step({&p}, 0.5);
    for (size_t i = 0; i < expected.size(); ++i) rule(expected[i], kGradients[t - 1][i], memory[i], t);
    CAPTURE(t);
    check_close(p.value, expected);
    CHECK(!p.grad);
  }
}

}  // namespace

TEST_CASE("optimizer: sgd with momentum, as worked out on paper") {
  SgdConfig config;
  config.lr = 0.1;
  config.momentum = 0.5;
  Parameter p = parameter_of({1});
  Optimizers optimizers = all_moved_by(config);
  for (const double expected : {0.9, 0.75, 0.575}) {  // the slot is 1, 1.5, 1.75
    p.grad = tensor_of({1});
    optimizers.step({&p}, 1);
    check_close(p.value, {expected});
  }
  CHECK(p.slots.size() == 1);
  check_close(p.slots[0], {1.75});

  config.nesterov = true;
  Parameter ahead = parameter_of({1});
  Optimizers nesterov = all_moved_by(config);
  for (const double expected : {0.85, 0.675, 0.4875}) {  // steps of 1 + slot / 2
    ahead.grad = tensor_of({1});
    nesterov.step({&ahead}, 1);
    check_close(ahead.value, {expected});
  }
}

TEST_CASE("optimizer: sgd decays weights and not biases, nesterov or not") {
  for (const bool nesterov : {false, true})
    for (const ParameterTag kind : {ParameterTag::Weight, ParameterTag::Bias}) {
      SgdConfig config;
      config.lr = 0.2;
      config.momentum = 0.9;
      config.weight_decay = 0.1;
      config.nesterov = nesterov;
      const double decay = kind == ParameterTag::Weight ? 0.1 : 0;
      check_rule(config, kind, [&](double& w, double g, double* memory, int) {
        g += decay * w;
        memory[0] = 0.9 * memory[0] + g;
        w -= 0.5 * 0.2 * (nesterov ? g + 0.9 * memory[0] : memory[0]);
      });
    }
}

TEST_CASE("optimizer: adam and adamw follow their papers") {
  for (const Decay style : {Decay::L2, Decay::Decoupled})
    for (const ParameterTag kind : {ParameterTag::Weight, ParameterTag::Bias}) {
      AdamConfig config(style);
      config.lr = 0.2;
      config.beta1 = 0.8;
      config.beta2 = 0.9;
      config.eps = 1e-2;
      config.weight_decay = 0.1;
      const double decay = kind == ParameterTag::Weight ? 0.1 : 0;
      check_rule(config, kind, [&](double& w, double g, double* memory, int t) {
        const double rate = 0.5 * 0.2, old = w;
        if (style == Decay::L2) g += decay * w;
        memory[0] = 0.8 * memory[0] + 0.2 * g;
        memory[1] = 0.9 * memory[1] + 0.1 * g * g;
        const double mean = memory[0] / (1 - std::pow(0.8, t)), square = memory[1] / (1 - std::pow(0.9, t));
        w -= rate * mean / (std::sqrt(square) + 1e-2);
        if (style == Decay::Decoupled) w -= rate * decay * old;
      });
    }
}

TEST_CASE("optimizer: the table's adam and adamw differ in their decay alone") {
  const auto moved = [](const char* name, double decay) {
    Variant<OptimizerConfig> config = choose(optimizer_table(), name);
    dynamic_cast<AdamConfig&>(*config).weight_decay = decay;
    Optimizers optimizers = all_moved_by(*config);
    Parameter p = parameter_of({1});
    p.grad = tensor_of({0.001});
    optimizers.step({&p}, 1);
    return p.value.item();
  };
  CHECK(moved("adam", 0) == moved("adamw", 0));
  CHECK(moved("adam", 0.5) != moved("adamw", 0.5));
}

TEST_CASE(
    "optimizer: each kind is moved by the first group that names it, and the counter counts steps, not "
    "parameters") {
  SgdConfig slow, fast;
  slow.lr = 0.1;
  fast.lr = 1;
  slow.momentum = fast.momentum = 0;
  Optimizers optimizers;
  optimizers.add({ParameterTag::Bits}, fast.make());
  optimizers.add({ParameterTag::Weight, ParameterTag::Bits}, slow.make());
  Parameter weight = parameter_of({1}), bits = parameter_of({1}, ParameterTag::Bits),
            idle = parameter_of({1}), bias = parameter_of({1}, ParameterTag::Bias);
  weight.grad = bits.grad = tensor_of({1});
  optimizers.step({&weight, &bits, &idle}, 1);
  check_close(weight.value, {0.9});
  check_close(bits.value, {0});
  check_close(idle.value, {1});
  CHECK(idle.slots.empty());
  CHECK(optimizers.steps() == 1);
  optimizers.step({&weight}, 1);
  CHECK(optimizers.steps() == 2);
  bias.grad = tensor_of({1});
  CHECK(contains(failure_of(Failure::Internal, [&] { optimizers.step({&bias}, 1); }), "bias"));
}

TEST_CASE("optimizer: adam goes on from the step it is told") {
  AdamConfig config;
  Parameter straight = parameter_of(kStart), resumed = parameter_of(kStart);
  Optimizers one = all_moved_by(config), two = all_moved_by(config), three = all_moved_by(config);
  for (int t = 0; t < 2; ++t) {
    straight.grad = tensor_of(kGradients[t]);
    one.step({&straight}, 1);
  }
  resumed.grad = tensor_of(kGradients[0]);
  two.step({&resumed}, 1);
  three.set_steps(1);
  resumed.grad = tensor_of(kGradients[1]);
  three.step({&resumed}, 1);
  for (size_t i = 0; i < kStart.size(); ++i)
    CHECK(straight.value.data<float>()[i] == resumed.value.data<float>()[i]);
}

// Left alone, they would come to rest at numbers such as 6e-45, with which x86 CPUs compute slowly.
TEST_CASE("optimizer: moments without gradients become zero, and are never denormal") {
#if !defined(__SSE__)
  MESSAGE("skipped: only on x86 are denormal numbers made zeros");
  return;
#endif
  SgdConfig sgd;
  sgd.momentum = 0.9;
  AdamConfig adam;
  adam.beta2 = 0.99;
  for (const OptimizerConfig* config : std::initializer_list<const OptimizerConfig*>{&sgd, &adam}) {
    Parameter p = parameter_of({1, -1});
    Optimizers optimizers = all_moved_by(*config);
    p.grad = tensor_of({1, -1});
    optimizers.step({&p}, 1);
    int denormal = 0;
    for (int step = 0; step < 10000; ++step) {
      p.grad = tensor_of({0, 0});
      optimizers.step({&p}, 1);
      for (const Tensor& slot : p.slots)
        for (const float moment : slot.floats()) denormal += std::fpclassify(moment) == FP_SUBNORMAL;
    }
    CHECK(denormal == 0);
    for (const Tensor& slot : p.slots)
      for (const float moment : slot.floats()) CHECK(moment == 0);
  }
}

TEST_CASE("optimizer: slots shrink with their parameter, and what stays moves as if nothing had left") {
  for (const char* name : {"sgd", "adam", "adamw"}) {
    const Variant<OptimizerConfig> config = choose(optimizer_table(), name);
    Parameter shrinking = parameter_of(kStart), whole = parameter_of(kStart);
    Optimizers first = all_moved_by(*config), second = all_moved_by(*config);
    shrinking.grad = whole.grad = tensor_of(kGradients[0]);
    first.step({&shrinking}, 1);
    second.step({&whole}, 1);
    shrinking.grad = whole.grad = tensor_of(kGradients[1]);
    const std::vector<int> stay = {0, 2};
    shrinking.keep(0, stay);
    CHECK(shrinking.grad.shape() == Shape{2});
    for (const Tensor& slot : shrinking.slots) CHECK(slot.shape() == Shape{2});
    first.step({&shrinking}, 1);
    second.step({&whole}, 1);
    for (size_t i = 0; i < stay.size(); ++i)
      CHECK(shrinking.value.data<float>()[i] == whole.value.data<float>()[stay[i]]);
  }
}

TEST_CASE("optimizer: rates and decay by kind") {
  // rate 0.5 (schedule) times the kind's factor; L2 decay on everything here, each by its own number.
  SgdConfig config;
  config.lr = 0.2;
  config.momentum = 0;
  config.weight_decay = 0.1;
  config.rules.kinds.bias = {0.5, 0.2};
  config.rules.kinds.batch_norm = {2, 0.3};
  config.rules.kinds.bits = {3, 0};
  config.rules.kinds.exponents = {0, 0.4};
  struct Row {
    ParameterTag kind;
    double rate, decay;
  };
  for (const Row& row : {Row{ParameterTag::Weight, 1, 0.1},
                         {ParameterTag::Bias, 0.5, 0.2},
                         {ParameterTag::Normalisation, 2, 0.3},
                         {ParameterTag::Bits, 3, 0},
                         {ParameterTag::Exponents, 0, 0.4}}) {
    Optimizers sgd, adamw;
    sgd.add({row.kind}, config.make());
    AdamConfig adam(Decay::Decoupled);
    adam.lr = 0.2;
    adam.beta1 = adam.beta2 = 0;
    adam.weight_decay = 0.1;
    adamw.add({row.kind}, adam.make());
    Parameter p = parameter_of({2}, row.kind), q = parameter_of({2}, row.kind);
    apply_groups(config.rules, {&p, &q});
    p.grad = tensor_of({0.5});
    q.grad = tensor_of({0.5});
    sgd.step({&p}, 0.5);
    adamw.step({&q}, 0.5);
    CAPTURE(name(row.kind));
    const double rate = 0.5 * 0.2 * row.rate;
    check_close(p.value, {2 - rate * (0.5 + row.decay * 2)});
    check_close(q.value, {2 - rate * (1 + row.decay * 2)});  // without memory Adam walks a whole rate
  }
}

TEST_CASE("optimizer: gradients are clipped together, to their global norm, and only when they are longer") {
  Parameter a = parameter_of({0, 0}), b = parameter_of({0}, ParameterTag::Bias), idle = parameter_of({1});
  const auto set = [&] {
    a.grad = tensor_of({3, 4});
    b.grad = tensor_of({12});
  };
  set();
  clip_gradients({&a, &idle, &b}, 13);  // as long as they are
  check_close(a.grad, {3, 4});
  check_close(b.grad, {12});
  clip_gradients({&a, &idle, &b}, 6.5);
  check_close(a.grad, {1.5, 2});
  check_close(b.grad, {6});

  SgdConfig config;
  config.lr = 1;
  config.momentum = 0;
  config.rules.clip_norm = 1.3;
  Optimizers optimizers(config.rules.clip_norm);
  optimizers.add({ParameterTag::Weight, ParameterTag::Bias}, config.make());
  set();
  optimizers.step({&a, &idle, &b}, 1);
  check_close(a.value, {-0.3, -0.4});
  check_close(b.value, {-1.2});
}
