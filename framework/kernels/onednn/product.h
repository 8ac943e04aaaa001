// One matrix product on oneDNN, kept ready to be made again.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <utility>

#include "framework/kernels/product/matrix_stack.h"
#include "framework/parallel/threads.h"
#include "framework/tensor/tensor.h"

namespace pare::onednn {

// A tensor read as a matrix (rows, columns), or as that matrix's transpose without moving anything.
struct Matrix {
  const Tensor& numbers;
  int64_t rows, columns;
  std::array<int64_t, 2> steps;  // to the next row, and to the next column

  explicit Matrix(const Tensor& t, Transpose transpose = Transpose::No)
      : numbers(t), rows(t.shape()[0]), columns(t.shape().row()), steps{columns, 1} {
    if (transpose == Transpose::No) return;
    std::swap(rows, columns);
    std::swap(steps[0], steps[1]);
  }

  IndexRange all_rows() const { return {0, rows}; }
  IndexRange all_columns() const { return {0, columns}; }
  // oneDNN takes inputs as void* too.
  void* at(int64_t row, int64_t column) const {
    const auto skipped = static_cast<size_t>(row * steps[0] + column * steps[1]);
    const auto* const bytes = static_cast<const std::byte*>(numbers.raw());
    return const_cast<std::byte*>(bytes + skipped * bytes_per_element(numbers.dtype()));
  }
};

// What decides how a product is made: all but where its numbers are.
struct ProductKind {
  DType from, to;
  std::optional<DType> bias;
  int64_t rows, inner, columns;
  std::array<int64_t, 2> left_steps, right_steps, result_steps;

  auto operator<=>(const ProductKind&) const = default;
};
// dst = a b, plus bias in every row if it is not empty, for a part of dst.
void multiply_part(const Matrix& a, const Matrix& b, const Tensor& bias, const Matrix& dst, IndexRange rows,
                   IndexRange columns);

}  // namespace pare::onednn
