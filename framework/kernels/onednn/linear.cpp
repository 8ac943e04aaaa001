#include "framework/kernels/linear.h"

#include <array>
#include <cstring>
#include <map>
#include <mutex>

#include "framework/base/rng.h"
#include "framework/base/threads.h"
#include "framework/kernels/elementwise.h"
#include "framework/kernels/onednn/engine.h"
#include "framework/kernels/onednn/product.h"

namespace pare {
namespace {

using namespace onednn;

// The product, side by side on ranges of dst. Ranges of rows leave each thread the images, or weights,
// that it has in the loops around; when they get too few, what each has to do with all of b costs more.
void multiply(const Matrix& a, const Matrix& b, const Tensor& bias, const Matrix& dst, Cut cut) {
  constexpr int64_t kFewestRows = 16, kVector = 16;
  const int64_t operations = 2 * a.columns * dst.rows * dst.columns;
  const int64_t vectors = (dst.columns + kVector - 1) / kVector;
  if (dst.rows >= kFewestRows * std::min<int64_t>(threads(), vectors)) {
    const int64_t grain = std::max(kFewestRows, grain_of(operations / std::max<int64_t>(dst.rows, 1)));
    const auto rows = [&](int64_t begin, int64_t end) {
      multiply_part(a, b, bias, dst, {begin, end}, dst.all_columns());
    };
    return parallel_ranges(dst.rows, grain, rows, cut);
  }
  const auto columns = [&](int64_t begin, int64_t end) {
    multiply_part(a, b, bias, dst, dst.all_rows(), {begin * kVector, std::min(end * kVector, dst.columns)});
  };
  parallel_ranges(vectors, grain_of(operations / std::max<int64_t>(vectors, 1)), columns, cut);
}

// Numbers for one side of a product whose terms cancel: what is left of an element's sum is what was rounded
// on the way. That tells one order of adding from another, also once it is rounded to bf16, where two sums of
// random numbers look the same in all but one of some hundred elements.
enum class Side { Left, Right };
Tensor cancelling(const Matrix& like, Side side) {
  constexpr int64_t kDrawn = 4099;  // again and again: drawing all would take longer than the products
  std::array<float, kDrawn> drawn;
  Rng rng(1, side == Side::Left ? "left" : "right");
  for (float& number : drawn) number = rng.uniform(-1, 1);
  const int64_t half = std::max<int64_t>((side == Side::Left ? like.columns : like.rows) / 2, 1);
  Tensor numbers = Tensor::zeros(like.numbers.shape());
  for (int64_t row = 0; row < like.rows; ++row)
    for (int64_t column = 0; column < like.columns; ++column) {
      const int64_t term = side == Side::Left ? column : row, line = side == Side::Left ? row : column;
      if (term >= 2 * half) continue;
      const float number = drawn[(line * half + term % half) % kDrawn];
      numbers.floats()[row * like.steps[0] + column * like.steps[1]] =
          side == Side::Right && term >= half ? -number : number;
    }
  return numbers.to(like.numbers.dtype());
}

// Whether the product in one piece has other bits than range by range. That is up to oneDNN: in which order
// it adds up the terms of an element may depend on how many elements there are. Found out once for each kind
// of product.
Cut cut_of(const Matrix& a, const Matrix& b, const Tensor& bias, const Matrix& dst) {
  static std::mutex mutex;
  static std::map<std::pair<ProductKind, int>, Cut> known;
  const std::pair product(kind_of(a, b, bias, dst, dst.all_rows(), dst.all_columns()), threads());
  const std::lock_guard lock(mutex);
  const auto found = known.find(product);
  if (found != known.end()) return found->second;
  const Tensor left = cancelling(a, Side::Left), right = cancelling(b, Side::Right),
               added = bias ? Tensor::zeros(bias.shape()) : Tensor(),
               in_ranges(dst.numbers.shape(), dst.numbers.dtype()),
               in_one(dst.numbers.shape(), dst.numbers.dtype());
  multiply({left, a}, {right, b}, added, {in_ranges, dst}, Cut::Matters);
  multiply({left, a}, {right, b}, added, {in_one, dst}, Cut::DoesNotMatter);
  const bool same = std::memcmp(in_ranges.raw(), in_one.raw(), in_one.bytes()) == 0;
  return known[product] = same ? Cut::DoesNotMatter : Cut::Matters;
}

// The whole product. Each range packs all of b, so a lone worker makes them in one piece where it can.
void multiply(const Matrix& a, const Matrix& b, const Tensor& bias, const Matrix& dst) {
  multiply(a, b, bias, dst, workers() == 1 && threads() > 1 ? cut_of(a, b, bias, dst) : Cut::Matters);
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
