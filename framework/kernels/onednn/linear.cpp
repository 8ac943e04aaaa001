#include "framework/kernels/linear.h"

#include <array>
#include <cstring>
#include <map>
#include <mutex>

#include "framework/base/rng.h"
#include "framework/base/threads.h"
#include "framework/kernels/elementwise.h"
#include "framework/kernels/matrix_stack.h"
#include "framework/kernels/onednn/engine.h"

namespace pare {
namespace {

using dnnl::memory;
using namespace onednn;

struct Range {
  int64_t begin, end;
  int64_t size() const { return end - begin; }
};

// A tensor read as a matrix (rows, columns), or as that matrix's transpose without moving anything.
struct Matrix {
  const Tensor& numbers;
  int64_t rows, columns, to_next_row, to_next_column;

  explicit Matrix(const Tensor& t, Transpose transpose = Transpose::No)
      : numbers(t), rows(t.shape()[0]), columns(t.shape().row()), to_next_row(columns), to_next_column(1) {
    if (transpose == Transpose::No) return;
    std::swap(rows, columns);
    std::swap(to_next_row, to_next_column);
  }
  // Other numbers, laid out like these.
  Matrix(const Tensor& t, const Matrix& like)
      : numbers(t),
        rows(like.rows),
        columns(like.columns),
        to_next_row(like.to_next_row),
        to_next_column(like.to_next_column) {}
  Range all_rows() const { return {0, rows}; }
  Range all_columns() const { return {0, columns}; }

  memory part(Range of_rows, Range of_columns) const {
    const auto* const bytes = static_cast<const std::byte*>(numbers.raw());
    const int64_t skipped = of_rows.begin * to_next_row + of_columns.begin * to_next_column;
    return {
        {{of_rows.size(), of_columns.size()}, type_of(numbers.dtype()), {to_next_row, to_next_column}},
        engine(),
        const_cast<std::byte*>(bytes + static_cast<size_t>(skipped) * bytes_per_element(numbers.dtype()))};
  }
};

// dst = a b, plus bias in every row if it is not empty, for a part of dst. All three are plain matrices: the
// inner_product primitives pack weights and unpack their gradients at each call, which costs as much as half
// the product itself.
void multiply_part(const Matrix& a, const Matrix& b, const Tensor& bias, const Matrix& dst, Range rows,
                   Range columns) {
  const memory left = a.part(rows, a.all_columns()), right = b.part(b.all_rows(), columns),
               result = dst.part(rows, columns);
  std::unordered_map<int, memory> arguments = {
      {DNNL_ARG_SRC, left}, {DNNL_ARG_WEIGHTS, right}, {DNNL_ARG_DST, result}};
  if (!bias) {
    run<dnnl::matmul>({{left.get_desc(), right.get_desc(), result.get_desc()}, attributes(), engine()},
                      arguments);
    return;
  }
  const Tensor one_row = bias.reshaped({1, bias.size()});
  const memory added = Matrix(one_row).part({0, 1}, columns);
  arguments.insert({DNNL_ARG_BIAS, added});
  run<dnnl::matmul>(
      {{left.get_desc(), right.get_desc(), added.get_desc(), result.get_desc()}, attributes(), engine()},
      arguments);
}

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

Tensor random_like(const Tensor& tensor) {
  Tensor numbers(tensor.shape());
  Rng rng(1, "linear");
  for (float& number : numbers.floats()) number = rng.uniform(-1, 1);
  return numbers.to(tensor.dtype());
}

// Whether the product in one piece has other bits than range by range. That is up to oneDNN: in which order
// it adds up the terms of an element may depend on how many elements there are. Found out once for each kind
// of product, on random numbers.
Cut cut_of(const Matrix& a, const Matrix& b, const Tensor& bias, const Matrix& dst) {
  static std::mutex mutex;
  static std::map<std::array<int64_t, 9>, Cut> known;
  const std::array<int64_t, 9> product = {static_cast<int64_t>(a.numbers.dtype()),
                                          static_cast<int64_t>(dst.numbers.dtype()),
                                          a.rows,
                                          a.columns,
                                          b.columns,
                                          a.to_next_row,
                                          b.to_next_row,
                                          bias ? 1 : 0,
                                          threads()};
  const std::lock_guard lock(mutex);
  const auto found = known.find(product);
  if (found != known.end()) return found->second;
  const Tensor left = random_like(a.numbers), right = random_like(b.numbers),
               added = bias ? random_like(bias) : Tensor(),
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
  check(src.dtype() == weights.dtype(), "linear: src is ", name(src.dtype()), ", weights ",
        name(weights.dtype()));
  return guarded(
      [&] {
        Tensor dst(Shape{n, o}, src.dtype());
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
