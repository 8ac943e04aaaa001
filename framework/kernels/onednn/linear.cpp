#include "framework/kernels/product/linear.h"

#include <algorithm>

#include "framework/kernels/elementwise/elementwise.h"
#include "framework/kernels/onednn/engine.h"
#include "framework/kernels/onednn/product.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

using namespace onednn;

// The product, in parts of dst. Each part reads all of the operand that is not cut, which oneDNN first packs,
// so the longer side of dst is cut.
void multiply(const Matrix& a, const Matrix& b, const Tensor& bias, const Matrix& dst) {
  constexpr int64_t kBlock = 48;  // rows or columns: oneDNN's own blocks, so that parts end where they do
  constexpr int64_t kFewestBlocks = 6;  // fewer cost more than a thread brings
  const auto blocks_of = [](int64_t extent) { return (extent + kBlock - 1) / kBlock; };
  const bool by_rows = dst.rows > dst.columns;
  const int64_t blocks = blocks_of(by_rows ? dst.rows : dst.columns);
  const int64_t operations = 2 * a.columns * dst.rows * dst.columns;
  const int64_t grain = std::max(kFewestBlocks, grain_of(operations / std::max<int64_t>(blocks, 1)));
  parallel_ranges(blocks, grain, [&](int64_t begin, int64_t end) {
    const auto cut = [&](IndexRange all) {
      return IndexRange{begin * kBlock, std::min(end * kBlock, all.end)};
    };
    multiply_part(a, b, bias, dst, by_rows ? cut(dst.all_rows()) : dst.all_rows(),
                  by_rows ? dst.all_columns() : cut(dst.all_columns()));
  });
}

}  // namespace

Tensor linear_forward(const Tensor& src, const Tensor& weights, const Tensor& bias, Activation activation) {
  const int64_t n = src.shape()[0], k = src.shape().row(), o = weights.shape()[0];
  check(weights.shape().row() == k, "linear: src ", src.shape(), " has ", k, " features, weights ",
        weights.shape(), " expect ", weights.shape().row());
  check(!bias || bias.shape() == Shape{o}, "linear: bias ", bias.shape(), " for weights ", weights.shape());
  check(src.dtype() == weights.dtype(), "linear: src is ", name(src.dtype()), ", weights ",
        name(weights.dtype()));
  return guarded(
      [&] {
        Tensor dst(weights.shape().rank() == 2 ? Shape{n, o} : Shape{n, 1, 1, o}, src.dtype());
        multiply(Matrix(src), Matrix(weights, Transpose::Yes), bias, Matrix(dst));
        return activation == Activation::Relu ? relu_forward(std::move(dst)) : dst;
      },
      "linear: src ", src.shape(), ", weights ", weights.shape());
}

// forward: dst = src weights^T; so diff_src = diff_dst weights.
Tensor linear_backward_data(const Tensor& diff_dst, const Tensor& weights) {
  check(diff_dst.shape().row() == weights.shape()[0], "linear: diff_dst ", diff_dst.shape(), " for weights ",
        weights.shape());
  return guarded(
      [&] {
        Tensor diff_src(Shape{diff_dst.shape()[0], weights.shape().row()}, diff_dst.dtype());
        multiply(Matrix(diff_dst), Matrix(weights), {}, Matrix(diff_src));
        return diff_src;
      },
      "linear backward: diff_dst ", diff_dst.shape(), ", weights ", weights.shape());
}

// forward: dst = src weights^T + bias; so diff_weights = diff_dst^T src, diff_bias = sum of diff_dst over N.
WeightGradients linear_backward_weights(const Tensor& diff_dst, const Tensor& src, WithBias with_bias) {
  check(diff_dst.shape()[0] == src.shape()[0], "linear: diff_dst ", diff_dst.shape(), " for src ",
        src.shape());
  return guarded(
      [&] {
        WeightGradients gradients{Tensor(Shape{diff_dst.shape().row(), src.shape().row()}), {}};
        multiply(Matrix(diff_dst, Transpose::Yes), Matrix(src), {}, Matrix(gradients.weights));
        if (with_bias == WithBias::Yes) gradients.bias = sum_of_rows(diff_dst);
        return gradients;
      },
      "linear backward: diff_dst ", diff_dst.shape(), ", src ", src.shape());
}

}  // namespace pare
