// The same weights, the same batch: PyTorch comes to our loss, our gradients and the losses of our first
// steps.
//
// The loss of a network with ReLUs and roundings has kinks, and there two right programs may differ by a
// whole gradient. So both begin where no kink is near (settle, here and in the script), and the ten steps are
// small ones, for the steps that follow meet kinks wherever they like.
#include <algorithm>
#include <cmath>

#include "deploy/description.h"
#include "framework/base/rng.h"
#include "framework/config/config.h"
#include "framework/data/catalogue.h"
#include "framework/files/formats/safetensors.h"
#include "framework/kernels/quantisation/quantise.h"
#include "tests/support/data_fixtures.h"
#include "tests/support/peers.h"
#include "train/experiment.h"

using namespace pare;

namespace {

constexpr int kSteps = 10;
constexpr double kTolerance = 1e-4;
// Of a loss: what was rounded in one step grows in the next ones. A CPU without AVX-512 had 1.3e-4 on
// ResNet-20.
constexpr double kStepTolerance = 3e-4;

constexpr const char* kOptimizers[] = {
    R"(optimizer={"name":"sgd","lr":5e-4,"momentum":0.9,"weight_decay":1e-4,"nesterov":true})",
    R"(optimizer={"name":"adam","lr":3e-6,"weight_decay":1e-4})"};

RunConfig config_of(const std::string& net, const std::string& method, const std::string& optimizer) {
  return load_run_config(
      std::string(PARE_SOURCE_DIR) + "/configs/bench/" + net + ".json",
      {"threads=1", "data.batch=16", "data.validation=0", "compress=" + method, optimizer});
}

// Bit depths from 10 to 12, for a weight that rounds the other way moves the loss by a level; the largest
// weights clipped, and no weight closer to a kink of the quantiser than the two programs' rounding: which
// side it falls on is no question of right or wrong.
void settle(Weight& weight, Levels levels, const std::string& name) {
  Parameter* value = nullptr;
  Parameter* exponents = nullptr;
  weight.visit([&](Parameter& p) {
    if (p.is(ParameterTag::Weight)) value = &p;
    if (p.is(ParameterTag::Exponents)) exponents = &p;
  });
  Rng rng(1, "settle/" + name);
  const int64_t row = value->value.shape().row();
  for (int64_t o = 0; o < value->value.shape()[0]; ++o) {
    float& bits = weight.bits()->value.data<float>()[o];
    float& exponent = exponents->value.data<float>()[o];
    const float before = bits;
    bits = rng.uniform(10.0f, 12.0f);
    exponent += before - bits - rng.uniform(0.0f, 0.7f);
    const LevelRange range = level_range(levels, bits);
    const float step = step_size(exponent);
    constexpr float kMargin = 0.01f;  // of a step
    for (float& w : value->value.floats().subspan(o * row, row)) {
      const auto near_kink = [&](float v) {
        return std::fabs(v - std::floor(v) - 0.5f) < kMargin || std::fabs(v - range.high) < kMargin ||
               std::fabs(v + range.low) < kMargin;
      };
      while (near_kink(w / step)) w += 2.5f * kMargin * step;
    }
  }
}

// Length of the difference, relative to the expected length.
double distance(std::span<const float> got, std::span<const float> expected) {
  double difference = 0, length = 0;
  for (size_t i = 0; i < got.size(); ++i) {
    difference += std::pow(double{got[i]} - expected[i], 2);
    length += std::pow(double{expected[i]}, 2);
  }
  REQUIRE(length > 0);
  return std::sqrt(difference / length);
}

class Comparison {
 public:
  Comparison(const std::string& net, const std::string& method)
      : net_(net),
        method_(method),
        experiment_(config_of(net, method, kOptimizers[0]), images_for(net)),
        batch_(experiment_.training_batches().get(0)) {
    for (const Network::Node& node : experiment_.network().nodes())
      if (Weight* weight = node.layer->weight(); weight != nullptr && weight->bits() != nullptr)
        settle(*weight, method.find("paper") != std::string::npos ? Levels::Paper : Levels::Symmetric,
               node.name);
  }

  void run() {
    const std::string problem = folder_.path() + "/problem", answer = folder_.path() + "/answer";
    write_problem(problem);
    run_python("pytorch_training.py", quoted(problem) + " " + quoted(answer), folder_.path());
    theirs_ = read_safetensors(answer);
    begin();
    compare_gradients();
    for (const char* optimizer : kOptimizers) compare_steps(optimizer);
    MESSAGE(net_, " ", method_, ": worst relative difference: gradients ", worst_gradient_, ", losses of ",
            kSteps, " steps ", worst_loss_);
  }

 private:
  static Dataset images_for(const std::string& net) {
    return synthetic_dataset(config_of(net, R"({"method":"none"})", kOptimizers[0]).data.name, 16);
  }

  void write_problem(const std::string& path) {
    SafetensorsFile file;
    const std::vector<float> labels(batch_.classes.begin(), batch_.classes.end());
    file.tensors = {{"images", batch_.inputs}, {"labels", Tensor::of({std::ssize(labels)}, labels)}};
    for (const Parameter* p : learnable_parameters(experiment_.network()))
      file.tensors.push_back({p->name, p->value});
    Json optimizers = Json::array();
    for (const char* optimizer : kOptimizers) optimizers.push(resolved(optimizer, "optimizer"));
    file.metadata = {{"layers", dump_line(describe_layers(experiment_.network()))},
                     {"method", dump_line(resolved(kOptimizers[0], "compress"))},
                     {"optimizers", dump_line(optimizers)}};
    write_safetensors(path, file);
  }
  Json resolved(const std::string& optimizer, const char* key) const {
    RunConfig config = config_of(net_, method_, optimizer);
    return *write_config(config).find(key);
  }

  void begin() {
    for (Parameter* p : learnable_parameters(experiment_.network())) {
      REQUIRE(theirs("start/" + p->name).shape() == p->value.shape());
      p->value = theirs("start/" + p->name).clone();
      p->grad = {};
      p->slots.clear();
    }
  }

  double step_loss() {
    Tape tape;
    const Trainer::Losses losses = experiment_.trainer().forward(tape, batch_, {0, 1000, 100});
    tape.backward(losses.total);
    return losses.total.value.item();
  }

  const Tensor& theirs(const std::string& name) const {
    const Tensor* const tensor = theirs_.find(name);
    REQUIRE_MESSAGE(tensor != nullptr, name);
    return *tensor;
  }
  void compare_loss(double ours, double expected) {
    const double error = std::fabs(ours - expected) / std::fabs(expected);
    worst_loss_ = std::max(worst_loss_, error);
    CHECK_MESSAGE(error <= kStepTolerance, "ours ", ours, " theirs ", expected);
  }

  void compare_gradients() {
    compare_loss(step_loss(), theirs("loss").item());
    for (Parameter* p : learnable_parameters(experiment_.network())) {
      const Tensor& expected = theirs("gradient/" + p->name);
      REQUIRE(p->grad.size() == expected.size());
      const double error = distance(p->grad.floats(), expected.floats());
      worst_gradient_ = std::max(worst_gradient_, error);
      CHECK_MESSAGE(error <= kTolerance, p->name, ": ", error);
    }
  }

  void compare_steps(const std::string& optimizer) {
    experiment_.config().optimizer = config_of(net_, method_, optimizer).optimizer;
    Optimizers optimizers = experiment_.optimizers();
    const std::vector<Parameter*> parameters = learnable_parameters(experiment_.network());
    begin();
    const Tensor& expected = theirs("losses/" + experiment_.config().optimizer.kind);
    REQUIRE(expected.size() == kSteps);
    const float first = expected.data<float>()[0], last = expected.data<float>()[kSteps - 1];
    MESSAGE(experiment_.config().optimizer.kind, ": loss from ", first, " to ", last);
    CHECK(last < (1 - 20 * kTolerance) * first);  // the steps do something
    for (int step = 0; step < kSteps; ++step) {
      CAPTURE(optimizer);
      CAPTURE(step);
      compare_loss(step_loss(), expected.data<float>()[step]);
      optimizers.step(parameters, 1.0);
    }
    // The peer's size loss takes every channel for alive.
    for (const Parameter* p : parameters)
      if (p->is(ParameterTag::Bits))
        for (const float bits : p->value.floats()) REQUIRE(bits > 0);
  }

  std::string net_, method_;
  TemporaryDirectory folder_;
  Experiment experiment_;
  Batch batch_;
  SafetensorsFile theirs_;
  double worst_gradient_ = 0, worst_loss_ = 0;
};

constexpr const char* kDense = R"({"method":"none"})";
constexpr const char* kPaper =
    R"({"method":"self_compress","levels":"paper","gamma":0.1,"rate":0.1,"bits_lr":5e-4})";
constexpr const char* kSymmetric =
    R"({"method":"self_compress","levels":"symmetric","gamma":0.1,"rate":0.1,"bits_lr":5e-4})";

}  // namespace

TEST_SUITE("peers") {
  TEST_CASE("training: PyTorch agrees on LeNet-5") { Comparison("lenet5", kDense).run(); }
  TEST_CASE("training: PyTorch agrees on LeNet-5 with the paper's levels") {
    Comparison("lenet5", kPaper).run();
  }
  TEST_CASE("training: PyTorch agrees on LeNet-5 with symmetric levels") {
    Comparison("lenet5", kSymmetric).run();
  }
  TEST_CASE("training: PyTorch agrees on ResNet-20") { Comparison("resnet20", kDense).run(); }
  TEST_CASE("training: PyTorch agrees on ResNet-20 with the paper's levels") {
    Comparison("resnet20", kPaper).run();
  }
  TEST_CASE("training: PyTorch agrees on ResNet-20 with symmetric levels") {
    Comparison("resnet20", kSymmetric).run();
  }
}
