// However many of a run's threads really work, its numbers are the same: every gradient of whole networks,
// bit for bit.
#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "cli/experiment.h"
#include "framework/base/rng.h"
#include "framework/base/threads.h"
#include "framework/data/catalogue.h"
#include "framework/kernels/linear.h"
#include "framework/kernels/pooling.h"
#include "framework/kernels/precision.h"
#include "framework/kernels/update.h"

using namespace pare;

namespace {

constexpr int kBatch = 37;  // does not split evenly

struct Numbers {
  float loss;
  std::vector<Tensor> gradients;
};

Numbers step_of(Experiment& experiment) {
  const Batches batches = experiment.training_batches();
  Tape tape(Recording::On, nullptr);
  const Evaluation evaluation = experiment.evaluate(tape, batches.get(0, 0), {0, 1, 1});
  tape.backward(evaluation.loss);
  Numbers numbers{evaluation.loss.value.item(), {}};
  for (Parameter* p : experiment.parameters()) {
    if (p->grad) numbers.gradients.push_back(p->grad);
    p->grad = {};
  }
  return numbers;
}

bool same_bits(const Numbers& a, const Numbers& b) {
  if (a.loss != b.loss || a.gradients.size() != b.gradients.size()) return false;
  for (size_t i = 0; i < a.gradients.size(); ++i)
    if (std::memcmp(a.gradients[i].raw(), b.gradients[i].raw(), a.gradients[i].bytes()) != 0) return false;
  return true;
}

// How far b is from a, relative to a (root mean squares).
double distance(const Tensor& a, const Tensor& b) {
  const Tensor x = a.to(DType::F32), y = b.to(DType::F32);
  double difference = 0, size = 0;
  for (int64_t i = 0; i < x.size(); ++i) {
    difference += std::pow(double{x.floats()[i]} - y.floats()[i], 2);
    size += std::pow(double{x.floats()[i]}, 2);
  }
  return std::sqrt(difference / size);
}

Tensor random(const Shape& shape, std::string_view stream, DType dtype) {
  Tensor tensor(shape);
  Rng rng(3, stream);
  for (float& number : tensor.floats()) number = rng.normal();
  return tensor.to(dtype);
}

// What `results` gives on three threads is what it gives on one, and the same bits with fewer workers.
void check_cutting(DType dtype, const std::function<std::vector<Tensor>()>& results) {
  const int before = threads();
  set_threads(1);
  const std::vector<Tensor> alone = results();
  set_threads(3);
  const std::vector<Tensor> cut = results();
  for (size_t i = 0; i < alone.size(); ++i) {
    CAPTURE(i);
    CHECK(cut[i].shape() == alone[i].shape());
    CHECK(distance(alone[i], cut[i]) < (dtype == DType::F32 ? 1e-5 : 1e-2));
  }
  for (const int count : {1, 2}) {
    set_workers(count);
    const std::vector<Tensor> fewer = results();
    for (size_t i = 0; i < cut.size(); ++i)
      CHECK(std::memcmp(fewer[i].raw(), cut[i].raw(), cut[i].bytes()) == 0);
  }
  set_threads(before);
}

std::vector<DType> precisions() {
  if (bf16_is_supported()) return {DType::F32, DType::BF16};
  return {DType::F32};
}

}  // namespace

TEST_CASE("workers: convolutions, pools and products cut for three threads are those of one") {
  for (const DType dtype : precisions()) {
    struct Case {
      int64_t images, side, in, kernel, out;
      Conv2dGeometry geometry;
    };
    for (const Case& c : {Case{37, 17, 12, 3, 20, {.padding = 1}}, Case{37, 16, 9, 3, 15, {.stride = 2}},
                          Case{37, 13, 24, 3, 24, {.padding = 2, .dilation = 2, .groups = 4}},
                          Case{37, 16, 33, 1, 65, {.stride = 2}}, Case{37, 16, 20, 5, 50, {}},
                          Case{2, 32, 64, 3, 64, {.padding = 1}}, Case{60, 4, 128, 3, 96, {.padding = 1}},
                          Case{2, 64, 16, 7, 16, {}}, Case{1, 64, 16, 7, 16, {}}}) {
      CAPTURE(c.kernel);
      CAPTURE(c.out);
      CAPTURE(name(dtype));
      const Tensor src = random({c.images, c.side, c.side, c.in}, "src", dtype);
      const Tensor weights = random({c.out, c.kernel, c.kernel, c.in / c.geometry.groups}, "weights", dtype);
      const Tensor bias = random({c.out}, "bias", DType::F32);
      check_cutting(dtype, [&] {
        const Tensor dst = conv2d_forward(src, weights, bias, c.geometry);
        const Tensor diff = random(dst.shape(), "diff", dtype);
        WeightGradients gradients =
            conv2d_backward(diff, {src, src.shape()}, {{}, weights.shape()}, c.geometry, WithBias::Yes)
                .parameters;
        const Tensor diff_src =
            conv2d_backward(diff, {{}, src.shape()}, {weights, weights.shape()}, c.geometry, WithBias::No)
                .src;
        return std::vector{dst, diff_src, gradients.weights, gradients.bias};
      });
    }
    for (const PoolKind kind : {PoolKind::Max, PoolKind::Average})
      for (const PoolGeometry& geometry :
           {PoolGeometry{}, PoolGeometry{.size = 3, .stride = 2, .padding = 1}}) {
        const Tensor src = random({37, 19, 19, 31}, "src", dtype);
        check_cutting(dtype, [&] {
          const Pooled pooled = pool_forward(kind, src, geometry);
          const Tensor diff = random(pooled.dst.shape(), "diff", dtype);
          return std::vector{pooled.dst, pool_backward(kind, diff, pooled.workspace, src.shape(), geometry)};
        });
      }
    for (const int64_t images : {1, 3, 5, 9, 15, 131})
      for (const int64_t outputs : {10, 40, 301}) {
        const Tensor src = random({images, 7, 7, 61}, "src", dtype);
        const Tensor weights = random({outputs, 7, 7, 61}, "weights", dtype);
        const Tensor bias = random({outputs}, "bias", DType::F32);
        check_cutting(dtype, [&] {
          const Tensor dst = linear_forward(src, weights, bias);
          const Tensor diff = random(dst.shape(), "diff", dtype);
          WeightGradients gradients = linear_backward_weights(diff, src, WithBias::Yes);
          return std::vector{dst, linear_backward_data(diff, weights), gradients.weights, gradients.bias};
        });
      }
  }
}

TEST_CASE("workers: optimisers move every number alike, wherever work is cut") {
  const Shape shape{200'003};
  const Tensor gradient = random(shape, "gradient", DType::F32);
  check_cutting(DType::F32, [&] {
    Tensor value = random(shape, "value", DType::F32), momentum = random(shape, "momentum", DType::F32);
    sgd_update({.momentum = 0.9f, .decay = 1e-3f, .nesterov = Nesterov::Yes}, gradient, value, momentum);
    return std::vector{value, momentum};
  });
  check_cutting(DType::F32, [&] {
    Tensor value = random(shape, "value", DType::F32), m = random(shape, "m", DType::F32), v(shape);
    for (float& square : v.floats()) square = 0.01f;
    adam_update({.inverse_correction2 = 2, .decay = 1e-3f, .shrink = 1e-3f}, gradient, value, m, v);
    return std::vector{value, m, v};
  });
}

TEST_CASE("workers: in a range denormal numbers are zeros, behind it they are what they were") {
#if !defined(__SSE__)
  MESSAGE("skipped: only on x86 are denormal numbers made zeros");
  return;
#endif
  volatile float smallest = std::numeric_limits<float>::min();
  std::atomic<int> zeros = 0;
  set_threads(3);
  parallel_ranges(3, 1, [&](int64_t, int64_t) {
    if (smallest / 2 == 0) ++zeros;
  });
  set_threads(1);
  CHECK(zeros == 3);
  CHECK(smallest / 2 > 0);
}

TEST_CASE("workers: after a run, all threads work again") {
  const int before = threads();
  RunConfig config = load_run_config(text(PARE_SOURCE_DIR, "/configs/bench/lenet5.json"),
                                     {"threads=2", "data.batch=8", "data.validation=0"});
  Dataset images = synthetic_dataset(config.data.name, 8);
  Experiment experiment(std::move(config), std::move(images));
  const Batches batches = experiment.training_batches();
  Optimizers optimizers = experiment.optimizers();
  TrainingLoop loop(batches, experiment, optimizers, *experiment.config().schedule, experiment.parameters());
  struct Learner : Hook {
    void after_step(const Position&, const TrainingState&) override { set_workers(1); }
  } learner;
  loop.add(learner);
  TrainingState state;
  loop.run(state, 1, [] { return false; });
  CHECK(workers() == 2);
  set_threads(3);  // from here on of three
  loop.run(state, 2, [] { return false; });
  CHECK(workers() == 3);
  CHECK(loop.workers() == 3);
  set_threads(before);
}

TEST_CASE("workers: how many of the threads work changes no bit of a step") {
  const int before = threads();
  for (const char* const net : {"lenet300_selfcompress", "lenet5_selfcompress", "resnet20", "conv6"})
    for (const char* const precision : {"f32", "bf16"}) {
      if (std::string(precision) == "bf16" && !bf16_is_supported()) continue;
      CAPTURE(net);
      CAPTURE(precision);
      RunConfig config = load_run_config(
          text(PARE_SOURCE_DIR, "/configs/bench/", net, ".json"),
          {"threads=3", text("data.batch=", kBatch), "data.validation=0", text("precision=", precision)});
      Dataset images = synthetic_dataset(config.data.name, kBatch);
      Experiment experiment(std::move(config), std::move(images));
      REQUIRE(workers() == 3);
      const Numbers all = step_of(experiment);
      CHECK(!all.gradients.empty());
      for (const int count : {1, 2}) {
        set_workers(count);
        CHECK(workers() == count);
        CHECK(threads() == 3);
        CHECK(same_bits(step_of(experiment), all));
      }
    }
  set_threads(before);
}
