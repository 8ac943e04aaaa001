// NaN passes through every operation that compares numbers, so that divergence is seen where it begins.
#include <doctest/doctest.h>
#include <algorithm>

#include <cmath>
#include <limits>

#include "compress/packed/packed_model.h"
#include "framework/base/error.h"
#include "framework/kernels/pooling/pooling.h"
#include "framework/kernels/quantisation/quantise.h"
#include "tests/support/bf16.h"
#include "tests/support/data_fixtures.h"
#include "tests/support/network_fixtures.h"

using namespace pare;

TEST_CASE("nan: max pooling hands on what a window holds, wherever it lies there, of either sign") {
  const PoolGeometry geometries[] = {{2, 2, 0}, {3, 2, 1}, {3, 3, 0}};
  for (const DType dtype : precisions())
    for (const PoolGeometry& g : geometries)
      for (const int channels : {1, 3, 8, 20})
        for (const float nan :
             {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::quiet_NaN()})
          for (int pixel = 0; pixel < 36; pixel += 5) {
            CAPTURE(g.size);
            CAPTURE(channels);
            CAPTURE(pixel);
            const Tensor clean = random_tensor({2, 6, 6, channels});
            Tensor src = clean.clone();
            src.data<float>()[pixel * channels] = nan;
            const Tensor dst = pool_forward(PoolKind::Max, src.to(dtype), g).dst.to(DType::F32);
            const Tensor other = pool_forward(PoolKind::Max, clean.to(dtype), g).dst.to(DType::F32);
            int64_t nans = 0;
            bool same = true;
            for (int64_t i = 0; i < dst.size(); ++i) {
              nans += std::isnan(dst.data<float>()[i]);
              same = same &&
                     (std::isnan(dst.data<float>()[i]) || dst.data<float>()[i] == other.data<float>()[i]);
            }
            CHECK(nans > 0);
            CHECK(nans <= 4);
            CHECK(same);
          }
}

TEST_CASE("nan: max pooling keeps the order of infinities, zeros and all other numbers") {
  const float infinity = std::numeric_limits<float>::infinity();
  const float values[] = {-infinity, -3e38f, -1, -1e-30f, 0, 1e-30f, 1, 3e38f, infinity};
  for (const DType dtype : {DType::F32, DType::BF16})
    for (const float a : values)
      for (const float b : values) {
        const Tensor src = Tensor::of({1, 2, 2, 1}, std::vector<float>{a, b, a, a}).to(dtype);
        const Tensor dst = pool_forward(PoolKind::Max, src, {2, 2, 0}).dst.to(DType::F32);
        CHECK(dst.item() ==
              std::max(src.to(DType::F32).data<float>()[0], src.to(DType::F32).data<float>()[1]));
      }
}

TEST_CASE("nan: a weight that is none stays none when it is quantised, and is never packed") {
  for (const Levels levels : {Levels::Paper, Levels::Symmetric})
    for (const int row : {1, 7, 40}) {
      Tensor x = random_tensor({2, 1, 1, row});
      x.data<float>()[row - 1] = std::numeric_limits<float>::quiet_NaN();
      Quantiser quantiser(Tensor::full({2}, 4), Tensor::full({2}, -2), levels);
      Tensor rates;
      for (Tensor* rated : {static_cast<Tensor*>(nullptr), &rates}) {
        const Tensor y = quantiser.forward(x, DType::F32, rated);
        for (int64_t i = 0; i < y.size(); ++i) CHECK(std::isnan(y.data<float>()[i]) == (i == row - 1));
      }
      std::vector<int32_t> out(static_cast<size_t>(row));
      CHECK(contains(failure_of(Failure::Diverged,
                                [&] { quantise_to_integers(x.floats().first(row), 4, -2, levels, out); }),
                     "a weight is nan"));
    }
}

TEST_CASE("nan: a model file brings back biases that are infinite or none, for which no integer stands") {
  const Spec info{"test", {"a", "b", "c"}, {{0}, {1}}};
  for (const float value : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()}) {
    LayerList layers = layers_of(R"([{"layer": "linear", "features": 3}])");
    Network network(layers, {1, 1, 1}, dense(), 1);
    const std::vector<float> biases{0.5f, value, -1};
    parameter(network, "0.linear.bias").value = Tensor::of({3}, biases);
    const PackedModel model = unpack_model(pack_model(info, network), "test");
    const std::vector<float> back = numbers(parameter(*model.network, "0.linear.bias").value);
    REQUIRE(back.size() == 3);
    for (size_t i = 0; i < 3; ++i)
      CHECK((back[i] == biases[i] || (std::isnan(back[i]) && std::isnan(biases[i]))));
  }
}
