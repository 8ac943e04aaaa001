// However many threads there are, numbers are the same, bit for bit: those of every kernel that shares work
// out, and every gradient of whole networks.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <functional>
#include <limits>

#include "framework/base/rng.h"
#include "framework/data/catalogue.h"
#include "framework/kernels/elementwise/elementwise.h"
#include "framework/kernels/elementwise/update.h"
#include "framework/kernels/normalisation/batch_norm.h"
#include "framework/kernels/pooling/pooling.h"
#include "framework/kernels/product/linear.h"
#include "framework/parallel/context.h"
#include "framework/parallel/threads.h"
#include "tests/support/bf16.h"
#include "train/experiment.h"

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
  const Trainer::Losses losses = experiment.trainer().forward(tape, batches.get(0, 0), {0, 1, 1});
  tape.backward(losses.total);
  Numbers numbers{losses.total.value.item(), {}};
  for (Parameter* p : learnable_parameters(experiment.network())) {
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

Tensor random(const Shape& shape, std::string_view stream, DType dtype) {
  Tensor tensor(shape);
  Rng rng(3, stream);
  for (float& number : tensor.floats()) number = rng.normal();
  return tensor.to(dtype);
}

constexpr int kThreads[] = {2, 3, 4, 8};

// `results` gives the same bits on any number of threads.
void check_same_bits(const std::function<std::vector<Tensor>()>& results) {
  const std::vector<Tensor> alone = results();
  for (const int count : kThreads) {
    CAPTURE(count);
    const Context context({.threads = count});
    const Context::Scope scope(context);
    const std::vector<Tensor> shared = results();
    for (size_t i = 0; i < alone.size(); ++i) {
      CAPTURE(i);
      REQUIRE(shared[i].bytes() == alone[i].bytes());
      CHECK(std::memcmp(shared[i].raw(), alone[i].raw(), alone[i].bytes()) == 0);
    }
  }
}

}  // namespace

TEST_CASE("threads: convolutions, pools and products have the same bits on any number of them") {
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
      check_same_bits([&] {
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
        check_same_bits([&] {
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
        check_same_bits([&] {
          const Tensor dst = linear_forward(src, weights, bias);
          const Tensor diff = random(dst.shape(), "diff", dtype);
          WeightGradients gradients = linear_backward_weights(diff, src, WithBias::Yes);
          return std::vector{dst, linear_backward_data(diff, weights), gradients.weights, gradients.bias};
        });
      }
  }
}

TEST_CASE("threads: optimisers, sums and norms have the same bits on any number of them") {
  const Shape shape{200'003};
  const Tensor gradient = random(shape, "gradient", DType::F32);
  check_same_bits([&] {
    Tensor value = random(shape, "value", DType::F32), momentum = random(shape, "momentum", DType::F32);
    sgd_update({.momentum = 0.9f, .decay = 1e-3f, .nesterov = Nesterov::Yes}, gradient, value, momentum);
    return std::vector{value, momentum};
  });
  check_same_bits([&] {
    Tensor value = random(shape, "value", DType::F32), m = random(shape, "m", DType::F32), v(shape);
    for (float& square : v.floats()) square = 0.01f;
    adam_update({.inverse_correction2 = 2, .decay = 1e-3f, .shrink = 1e-3f}, gradient, value, m, v);
    return std::vector{value, m, v};
  });
  const Tensor rows = random({1001, 301}, "rows", DType::F32), gamma = random({301}, "gamma", DType::F32);
  check_same_bits([&] {
    const BatchNormForward norm = batch_norm_forward(rows, gamma, gamma, 1e-5f, {}, Activation::None);
    BatchNormGradients back = batch_norm_backward(rows, norm.dst, rows, gamma, norm.mean, norm.variance,
                                                  1e-5f, WithResidual::No, Activation::None);
    return std::vector{sum_of_rows(rows), norm.dst,   norm.mean, norm.variance,
                       back.src,          back.gamma, back.beta};
  });
}

TEST_CASE("threads: in a part denormal numbers are zeros, behind it they are what they were") {
#if !defined(__SSE__)
  MESSAGE("skipped: only on x86 are denormal numbers made zeros");
  return;
#endif
  volatile float smallest = std::numeric_limits<float>::min();
  std::atomic<int> zeros = 0;
  const Context context({.threads = 3});
  const Context::Scope scope(context);
  parallel_ranges(3, 1, [&](int64_t, int64_t) {
    if (smallest / 2 == 0) ++zeros;
  });
  CHECK(zeros == 3);
  CHECK(smallest / 2 > 0);
}

TEST_CASE("threads: no bit of a step depends on their number") {
  for (const char* const net : {"lenet300_selfcompress", "lenet5_selfcompress", "resnet20", "conv6"})
    for (const DType dtype : precisions()) {
      CAPTURE(net);
      CAPTURE(name(dtype));
      RunConfig config = load_run_config(
          text(PARE_SOURCE_DIR, "/configs/bench/", net, ".json"),
          {text("data.batch=", kBatch), "data.validation=0", text("precision=", name(dtype))});
      Dataset images = synthetic_dataset(config.data.name, kBatch);
      Experiment experiment(std::move(config), std::move(images));
      const Numbers alone = step_of(experiment);
      CHECK(!alone.gradients.empty());
      for (const int count : kThreads) {
        CAPTURE(count);
        const Context context({.threads = count});
        const Context::Scope scope(context);
        CHECK(same_bits(step_of(experiment), alone));
      }
    }
}

TEST_CASE("threads: parts depend on the work alone, cover it, and are at most 16") {
  for (const int64_t count : {0, 1, 2, 15, 16, 17, 100, 1'000'003})
    for (const int64_t grain : {0, 1, 7, 1000}) {
      CAPTURE(count);
      CAPTURE(grain);
      const Parts parts(count, grain);
      CHECK(parts.size() <= Parts::kMost);
      CHECK((parts.size() == 0) == (count == 0));
      const std::vector<int64_t> sizes = parts.sizes();
      int64_t next = 0;
      for (int64_t i = 0; i < parts.size(); ++i) {
        CHECK(parts[i].begin == next);
        CHECK(parts[i].size() > 0);
        if (parts.size() > 1) CHECK(parts[i].size() >= grain);
        CHECK(std::count(sizes.begin(), sizes.end(), parts[i].size()) == 1);
        next = parts[i].end;
      }
      CHECK(next == count);
    }
}

TEST_CASE(
    "threads: parts are done once, each by a thread that works alone, and the first exception is thrown") {
  for (const int count : {1, 2, 3, 8}) {
    CAPTURE(count);
    const Context context({.threads = count});
    const Context::Scope scope(context);
    std::array<std::atomic<int>, Parts::kMost> done{};
    std::atomic<bool> alone = true;
    parallel(Parts(Parts::kMost, 1), [&](int64_t index, IndexRange part) {
      ++done[static_cast<size_t>(index)];
      if (threads() != 1 || part.begin != index) alone = false;
    });
    CHECK(alone);
    for (const std::atomic<int>& times : done) CHECK(times == 1);
    CHECK(threads() == count);
    CHECK_THROWS_WITH_AS(parallel(Parts(Parts::kMost, 1),
                                  [](int64_t index, IndexRange) {
                                    if (index >= 3) fail(Failure::Internal, "part ", index);
                                  }),
                         "part 3", Error);
    CHECK(threads() == count);
  }
}
