// What a whole training step costs over batch, width, depth and threads: a plain network of 3x3 convolutions
// with batch norm and ReLU on 16x16 images, dense or self-compressing. Counters are images/s and FLOP/s; the
// widths go through every number of channels that removal may leave.
#include <benchmark/benchmark.h>

#include <optional>

#include "framework/base/rng.h"
#include "framework/config/config.h"
#include "framework/parallel/context.h"
#include "optim/rules/adam.h"
#include "optim/schedules.h"
#include "train/task/classification.h"
#include "train/trainer.h"

using namespace pare;

namespace {

constexpr int kSide = 16, kClasses = 10;

enum class Kind { Dense, SelfCompressing };

LayerList layers_of(int64_t width, int64_t depth) {
  std::string layers;
  for (int64_t i = 0; i < depth; ++i)
    layers += text(R"({"layer": "conv2d", "channels": )", width,
                   R"(, "padding": 1, "bias": false}, {"layer": "batch_norm"}, {"layer": "relu"}, )");
  const std::string whole =
      text(R"({"network": [)", layers,
           R"({"layer": "global_average_pool"}, {"layer": "linear", "features": )", kClasses, "}]}");
  return read_config<Layers>(parse_json(whole, "bench"), "bench", Failure::Internal).layers;
}

// One network with everything a step needs.
class Training {
 public:
  Training(Kind kind, int64_t batch, int64_t width, int64_t depth, DType dtype)
      : method_(choose(method_table(), kind == Kind::Dense ? "none" : "self_compress")->make()),
        network_(layers_of(width, depth), {kSide, kSide, 3}, method_->weights(Initialiser::HeNormal), 1),
        batch_{Tensor({batch, kSide, kSide, 3}), {}} {
    Rng rng(1, "bench");
    for (float& pixel : batch_.inputs.floats()) pixel = rng.normal();
    batch_.inputs = batch_.inputs.to(dtype);
    for (int64_t i = 0; i < batch; ++i) batch_.classes.push_back(static_cast<int32_t>(rng.below(kClasses)));
    method_->start(network_);
    Optimizers optimizers;
    method_->add_optimizers(optimizers);
    optimizers.add(
        {ParameterTag::Weight, ParameterTag::Bias, ParameterTag::Normalisation, ParameterTag::Gate},
        AdamConfig{}.make());
    trainer_.emplace(network_, task_, *method_, std::move(optimizers), dtype, 1);
  }

  void step() {
    constexpr int64_t kSteps = 1000;
    const FixedFactor rate(1e-3);  // so small that no channel dies while the clock runs
    trainer_->step(batch_, {state_.step % kSteps, kSteps, 100}, rate, state_);
  }
  int64_t flops() const { return network_.training_flops() * batch_.inputs.shape()[0]; }

 private:
  const Classification task_;
  std::unique_ptr<Method> method_;
  Network network_;
  Batch batch_;
  std::optional<Trainer> trainer_;
  TrainingState state_;
};

void training_step(benchmark::State& state, Kind kind, DType dtype) {
  const int64_t batch = state.range(0), width = state.range(1), depth = state.range(2);
  const Context context({.threads = static_cast<int>(state.range(3))});
  const Context::Scope scope(context);
  Training training(kind, batch, width, depth, dtype);
  training.step();
  for (auto _ : state) training.step();
  const auto rate = benchmark::Counter::kIsIterationInvariantRate;
  state.counters["images/s"] = benchmark::Counter(static_cast<double>(batch), rate);
  state.counters["FLOP/s"] = benchmark::Counter(static_cast<double>(training.flops()), rate);
}

void scales(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"batch", "width", "depth", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);
  for (const int64_t batch : {8, 32, 64, 256}) bench->Args({batch, 32, 4, 1});
  for (const int64_t depth : {2, 8, 16}) bench->Args({64, 32, depth, 1});
  for (const int64_t width : {16, 64, 128}) bench->Args({64, width, 4, 1});
  for (const int64_t width : {8, 32, 128}) bench->Args({64, width, 4, 2});
}
void every_width(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"batch", "width", "depth", "threads"})->UseRealTime()->Unit(benchmark::kMillisecond);
  for (int64_t width = 2; width <= 64; ++width) bench->Args({64, width, 3, 1});
}

BENCHMARK_CAPTURE(training_step, dense_f32, Kind::Dense, DType::F32)->Apply(scales);
BENCHMARK_CAPTURE(training_step, dense_bf16, Kind::Dense, DType::BF16)->Apply(scales);
BENCHMARK_CAPTURE(training_step, selfcompress_f32, Kind::SelfCompressing, DType::F32)->Apply(scales);
BENCHMARK_CAPTURE(training_step, widths_f32, Kind::Dense, DType::F32)->Apply(every_width);
BENCHMARK_CAPTURE(training_step, widths_bf16, Kind::Dense, DType::BF16)->Apply(every_width);

}  // namespace
