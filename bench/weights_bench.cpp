// What is paid per weight and step whatever the batch: quantiser, rate and optimisers. Counters are weights a
// second.
#include <benchmark/benchmark.h>

#include "framework/base/rng.h"
#include "framework/kernels/elementwise/update.h"
#include "framework/kernels/quantisation/quantise.h"

using namespace pare;

namespace {

Tensor noise(const Shape& shape) {
  Tensor tensor(shape);
  Rng rng(1, "bench");
  for (float& value : tensor.floats()) value = rng.uniform(-1, 1);
  return tensor;
}

// Arguments: output channels, weights in each.
struct Weights {
  explicit Weights(const benchmark::State& state)
      : x(noise({state.range(0), state.range(1)})),
        dy(noise(x.shape())),
        bits(Tensor::full({state.range(0)}, 4)),
        exponents(Tensor::full({state.range(0)}, -3)) {}
  Tensor x, dy, bits, exponents;
};

void report(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(1));
}
void shapes(benchmark::internal::Benchmark* bench) {
  bench->Args({16, 144})->Args({64, 576})->Args({67, 289})->Args({500, 800});
}

void quantise_forward(benchmark::State& state, DType dtype) {
  const Weights w(state);
  for (auto _ : state)
    benchmark::DoNotOptimize(Quantiser(w.bits, w.exponents, Levels::Symmetric).forward(w.x, dtype));
  report(state);
}
BENCHMARK_CAPTURE(quantise_forward, f32, DType::F32)->Apply(shapes);
BENCHMARK_CAPTURE(quantise_forward, bf16, DType::BF16)->Apply(shapes);

// The gradient is written in place, so each round's is the next one's. Weights lie within -1 and 1, and so do
// the levels at 4 bits.
void backward(benchmark::State& state, float rate_slope, float exponent) {
  Weights w(state);
  Quantiser quantiser(w.bits, Tensor::full(w.exponents.shape(), exponent), Levels::Symmetric);
  quantiser.forward(w.x, DType::F32);
  for (auto _ : state) w.dy = quantiser.backward(std::move(w.dy), w.x, rate_slope).x;
  report(state);
}
constexpr float kClipped = -4, kUnclipped = -2;
BENCHMARK_CAPTURE(backward, task, 0.0f, kUnclipped)->Apply(shapes);
BENCHMARK_CAPTURE(backward, task_and_rate, 1e-6f, kUnclipped)->Apply(shapes);
BENCHMARK_CAPTURE(backward, clipped_task, 0.0f, kClipped)->Apply(shapes);
BENCHMARK_CAPTURE(backward, clipped_task_and_rate, 1e-6f, kClipped)->Apply(shapes);

void charged_forward(benchmark::State& state) {
  const Weights w(state);
  Tensor rates;
  for (auto _ : state)
    benchmark::DoNotOptimize(
        Quantiser(w.bits, w.exponents, Levels::Symmetric).forward(w.x, DType::F32, &rates));
  report(state);
}
BENCHMARK(charged_forward)->Apply(shapes);

void adam(benchmark::State& state) {
  Weights w(state);
  Tensor m = Tensor::zeros(w.x.shape()), v = Tensor::zeros(w.x.shape());
  for (auto _ : state) adam_update({}, w.dy, w.x, m, v);
  report(state);
}
BENCHMARK(adam)->Apply(shapes);

void sgd(benchmark::State& state) {
  Weights w(state);
  Tensor m = Tensor::zeros(w.x.shape());
  for (auto _ : state) sgd_update({0.1f, 0.9f, 0, Nesterov::No}, w.dy, w.x, m);
  report(state);
}
BENCHMARK(sgd)->Apply(shapes);

}  // namespace
