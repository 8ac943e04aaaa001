// What kernels cost over batch, width and numbers of channels as they are left by removal (odd ones).
// Counters are FLOP/s.
#include <benchmark/benchmark.h>

#include "framework/base/rng.h"
#include "framework/kernels/pooling/pooling.h"
#include "framework/kernels/product/linear.h"
#include "framework/kernels/product/matrix_stack.h"

using namespace pare;

namespace {

Tensor noise(const Shape& shape, DType dtype = DType::F32) {
  Tensor tensor(shape);
  Rng rng(1, "bench");
  for (float& value : tensor.floats()) value = rng.uniform(-1, 1);
  return tensor.to(dtype);
}

void count_flops(benchmark::State& state, int64_t multiply_adds) {
  state.counters["FLOP/s"] = benchmark::Counter(2.0 * static_cast<double>(multiply_adds),
                                                benchmark::Counter::kIsIterationInvariantRate);
}

enum class Kernel { Forward, Data, Weights };

// Arguments: batch, side of the images, input channels, output channels.
void conv3x3(benchmark::State& state, Kernel kernel, DType dtype) {
  const int64_t n = state.range(0), side = state.range(1), in = state.range(2), out = state.range(3);
  const Conv2dGeometry geometry{1, 1, 1, 1};
  const Tensor src = noise({n, side, side, in}, dtype), weights = noise({out, 3, 3, in}, dtype),
               dst = noise({n, side, side, out}, dtype), bias = noise({out});
  for (auto _ : state) {
    if (kernel == Kernel::Forward) benchmark::DoNotOptimize(conv2d_forward(src, weights, bias, geometry));
    if (kernel == Kernel::Data)
      benchmark::DoNotOptimize(
          conv2d_backward(dst, {{}, src.shape()}, {weights, weights.shape()}, geometry, WithBias::No));
    if (kernel == Kernel::Weights)
      benchmark::DoNotOptimize(
          conv2d_backward(dst, {src, src.shape()}, {{}, weights.shape()}, geometry, WithBias::Yes));
  }
  count_flops(state, dst.size() * 9 * in);
}

void conv_shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"batch", "side", "in", "out"});
  for (const int64_t batch : {16, 64, 128}) bench->Args({batch, 32, 16, 16});
  for (const auto& [in, out] :
       {std::pair{16, 16}, {17, 19}, {13, 15}, {32, 32}, {31, 29}, {64, 64}, {53, 37}, {7, 5}})
    bench->Args({64, 16, in, out});
}
BENCHMARK_CAPTURE(conv3x3, forward_f32, Kernel::Forward, DType::F32)->Apply(conv_shapes);
BENCHMARK_CAPTURE(conv3x3, data_f32, Kernel::Data, DType::F32)->Apply(conv_shapes);
BENCHMARK_CAPTURE(conv3x3, weights_f32, Kernel::Weights, DType::F32)->Apply(conv_shapes);
BENCHMARK_CAPTURE(conv3x3, forward_bf16, Kernel::Forward, DType::BF16)->Apply(conv_shapes);
BENCHMARK_CAPTURE(conv3x3, data_bf16, Kernel::Data, DType::BF16)->Apply(conv_shapes);
BENCHMARK_CAPTURE(conv3x3, weights_bf16, Kernel::Weights, DType::BF16)->Apply(conv_shapes);

// Windows of 2x2 on 64 images of 24x24, there and back. With a border they are oneDNN's.
void max_pool(benchmark::State& state, DType dtype, int padding) {
  const PoolGeometry geometry{2, 2, padding};
  const Tensor src = noise({64, 24, 24, state.range(0)}, dtype);
  const Tensor dst = pool_forward(PoolKind::Max, src, geometry).dst;
  for (auto _ : state) {
    const Pooled pooled = pool_forward(PoolKind::Max, src, geometry);
    benchmark::DoNotOptimize(pool_backward(PoolKind::Max, dst, pooled.workspace, src.shape(), geometry));
  }
}
void pool_channels(benchmark::internal::Benchmark* bench) {
  bench->ArgName("channels")->Arg(5)->Arg(12)->Arg(20)->Arg(64)->Unit(benchmark::kMicrosecond);
}
BENCHMARK_CAPTURE(max_pool, by_hand_f32, DType::F32, 0)->Apply(pool_channels);
BENCHMARK_CAPTURE(max_pool, onednn_f32, DType::F32, 1)->Apply(pool_channels);
BENCHMARK_CAPTURE(max_pool, by_hand_bf16, DType::BF16, 0)->Apply(pool_channels);
BENCHMARK_CAPTURE(max_pool, onednn_bf16, DType::BF16, 1)->Apply(pool_channels);

// Arguments: batch, inputs, outputs.
void linear(benchmark::State& state, Kernel kernel, DType dtype) {
  const int64_t n = state.range(0), k = state.range(1), o = state.range(2);
  const Tensor src = noise({n, k}, dtype), weights = noise({o, k}, dtype), dst = noise({n, o}, dtype),
               bias = noise({o});
  for (auto _ : state) {
    if (kernel == Kernel::Forward) benchmark::DoNotOptimize(linear_forward(src, weights, bias));
    if (kernel == Kernel::Data) benchmark::DoNotOptimize(linear_backward_data(dst, weights));
    if (kernel == Kernel::Weights) benchmark::DoNotOptimize(linear_backward_weights(dst, src, WithBias::Yes));
  }
  count_flops(state, n * k * o);
}

// Products of Winograd's algorithm: 36 matrices of so many tiles. Linear layers of the same size are
// oneDNN's.
constexpr int64_t kStackRows = 64;
constexpr std::pair<int64_t, int64_t> kStackShapes[] = {{20, 50}, {47, 47}, {48, 48}, {64, 64}};

enum class Product { Forward, Weights };

// Arguments: input channels, output channels.
void matrix_stack(benchmark::State& state, Product product, DType dtype) {
  constexpr int64_t kMatrices = 36;
  const int64_t in = state.range(0), out = state.range(1);
  // as Winograd's algorithm lays them out
  constexpr auto kTiles = MatrixStack::Order::ByRow, kKernels = MatrixStack::Order::ByMatrix;
  const bool forward = product == Product::Forward;
  const int64_t rows = forward ? in : kStackRows;  // of the right side
  const MatrixStack a(kMatrices, kStackRows, in, kTiles, noise({kMatrices, kStackRows, in}, dtype)),
      b(kMatrices, rows, out, forward ? kKernels : kTiles, noise({kMatrices, rows, out}, dtype));
  MatrixStack c(kMatrices, forward ? kStackRows : in, out, forward ? kTiles : kKernels);
  for (auto _ : state) {
    multiply(a, forward ? Transpose::No : Transpose::Yes, b, c);
    benchmark::DoNotOptimize(c.numbers.raw());
  }
  count_flops(state, kMatrices * kStackRows * in * out);
}

void stack_shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"in", "out"});
  for (const auto& [in, out] : kStackShapes) bench->Args({in, out});
}
BENCHMARK_CAPTURE(matrix_stack, forward_f32, Product::Forward, DType::F32)->Apply(stack_shapes);
BENCHMARK_CAPTURE(matrix_stack, weights_f32, Product::Weights, DType::F32)->Apply(stack_shapes);
BENCHMARK_CAPTURE(matrix_stack, forward_bf16, Product::Forward, DType::BF16)->Apply(stack_shapes);
BENCHMARK_CAPTURE(matrix_stack, weights_bf16, Product::Weights, DType::BF16)->Apply(stack_shapes);

void linear_shapes(benchmark::internal::Benchmark* bench) {
  bench->ArgNames({"batch", "in", "out"});
  for (const auto& [in, out] : {std::pair{784, 300}, {300, 100}, {100, 10}, {800, 500}, {500, 10}, {289, 67}})
    bench->Args({60, in, out});
  for (const int64_t batch : {1, 16, 256}) bench->Args({batch, 784, 300});
  for (const auto& [in, out] : kStackShapes) bench->Args({kStackRows, in, out});
}
BENCHMARK_CAPTURE(linear, forward_f32, Kernel::Forward, DType::F32)->Apply(linear_shapes);
BENCHMARK_CAPTURE(linear, data_f32, Kernel::Data, DType::F32)->Apply(linear_shapes);
BENCHMARK_CAPTURE(linear, weights_f32, Kernel::Weights, DType::F32)->Apply(linear_shapes);
BENCHMARK_CAPTURE(linear, forward_bf16, Kernel::Forward, DType::BF16)->Apply(linear_shapes);
BENCHMARK_CAPTURE(linear, data_bf16, Kernel::Data, DType::BF16)->Apply(linear_shapes);
BENCHMARK_CAPTURE(linear, weights_bf16, Kernel::Weights, DType::BF16)->Apply(linear_shapes);

}  // namespace
