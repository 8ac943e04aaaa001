// What a batch costs: it has to be small beside a training step (0.4 ms for the smallest network).
#include <benchmark/benchmark.h>

#include "framework/data/batches/batches.h"
#include "framework/data/split.h"

using namespace pare;

namespace {

void make_batches(benchmark::State& state, int side, int channels, int batch_size, Augment augment,
                  DType dtype) {
  ImageSet images{side, side, channels, {}, {}};
  const int count = 20000;
  images.labels.resize(count);
  for (size_t i = 0; i < count * images.input().bytes(); ++i)
    images.pixels.push_back(static_cast<uint8_t>(i * 2654435761u >> 24));
  const Batches batches(images, all_indices(count), measure(images, all_indices(100)), batch_size,
                        LastBatch::Drop, augment, 1, dtype);
  int step = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(batches.get(step / batches.per_epoch(), step % batches.per_epoch()));
    ++step;
  }
}

BENCHMARK_CAPTURE(make_batches, mnist_100, 28, 1, 100, Augment{}, DType::F32);
BENCHMARK_CAPTURE(make_batches, mnist_100_shift_2, 28, 1, 100, Augment{2, false}, DType::F32);
BENCHMARK_CAPTURE(make_batches, cifar_128, 32, 3, 128, Augment{}, DType::F32);
BENCHMARK_CAPTURE(make_batches, cifar_128_shift_4_flip, 32, 3, 128, Augment{4, true}, DType::F32);
BENCHMARK_CAPTURE(make_batches, cifar_128_shift_4_flip_bf16, 32, 3, 128, Augment{4, true}, DType::BF16);

}  // namespace
