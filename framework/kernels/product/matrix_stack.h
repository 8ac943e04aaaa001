// Many products of small matrices in one call: by small_product.h where that can make them, or else on
// oneDNN.
#pragma once

#include <utility>

#include "framework/tensor/tensor.h"

namespace pare {

// `count` matrices of (rows, columns), each row dense.
struct MatrixStack {
  int64_t count, rows, columns;
  int64_t to_next, to_next_row;  // numbers from a row to the same row of the next matrix, and to the next row
  Tensor numbers;

  // One matrix after the other, or the first rows of all of them before the second ones.
  enum class Order { ByMatrix, ByRow };
  MatrixStack(int64_t matrices, int64_t r, int64_t c, Order order, Tensor content)
      : count(matrices),
        rows(r),
        columns(c),
        to_next(order == Order::ByMatrix ? r * c : c),
        to_next_row(order == Order::ByMatrix ? c : matrices * c),
        numbers(std::move(content)) {}
  MatrixStack(int64_t matrices, int64_t r, int64_t c, Order order, DType dtype = DType::F32)
      : MatrixStack(matrices, r, c, order, Tensor(Shape{matrices * r * c}, dtype)) {}
  // Row `row` of the first matrix.
  template <class T>
  T* at(int64_t row) {
    return numbers.data<T>() + row * to_next_row;
  }
  template <class T>
  const T* at(int64_t row) const {
    return numbers.data<T>() + row * to_next_row;
  }
};

// (R,...) as a matrix of R rows -> (C,R), with C the size of a row.
Tensor transposed(const Tensor& matrix);

enum class Transpose { No, Yes };
enum class Accumulate { No, Yes };

// c = op(a) b for each matrix of the stacks, or c += that; a and b share one data type, c is f32. op(a) has
// as many rows as c and as many columns as b has rows; what it has beyond them is not read.
void multiply(const MatrixStack& a, Transpose transpose_a, const MatrixStack& b, MatrixStack& c,
              Accumulate accumulate = Accumulate::No);

}  // namespace pare
