#include "framework/kernels/product/matrix_stack.h"

#include <algorithm>

#include "framework/kernels/onednn/engine.h"
#include "framework/kernels/onednn/version.h"
#include "framework/kernels/product/small_product.h"
#include "framework/parallel/threads.h"

namespace pare {
namespace {

using dnnl::memory;
using namespace onednn;

// The first rows and columns of each matrix, or of its transpose.
memory matrices(const MatrixStack& stack, Transpose transpose, int64_t rows, int64_t columns) {
  memory::dims strides = {stack.to_next, stack.to_next_row, 1};
  if (transpose == Transpose::Yes) std::swap(strides[1], strides[2]);
  return as_memory(stack.numbers,
                   {memory::dims{stack.count, rows, columns}, type_of(stack.numbers.dtype()), strides});
}

// attributes(), and the product is added to what is there.
const dnnl::primitive_attr& adding() {
  static const dnnl::primitive_attr instance = [] {
    dnnl::primitive_attr attributes;  // a copy of another would share its contents
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    dnnl::post_ops sum;
    sum.append_sum();
    attributes.set_post_ops(sum);
    return attributes;
  }();
  return instance;
}

// In bf16 its packing pays for itself once b fills the fastest cache, and sooner where ours would have to
// turn a's columns into rows for each block.
bool suits_onednn(const MatrixStack& b, const MatrixStack& c, Transpose transpose_a) {
  constexpr int64_t kBlock = 16, kLarge = 128 * 128, kLargeTransposed = 128 * 64;
  return c.columns % kBlock == 0 &&
         b.rows * c.columns > (transpose_a == Transpose::Yes ? kLargeTransposed : kLarge);
}

template <class T, class Kernel>
void multiply_by_hand(Kernel kernel, const MatrixStack& a, Transpose transpose_a, const MatrixStack& b,
                      MatrixStack& c, Accumulate accumulate) {
  SmallProduct product{c.rows, b.rows,        c.columns,     a.to_next_row,
                       1,      b.to_next_row, c.to_next_row, accumulate == Accumulate::Yes};
  if (transpose_a == Transpose::Yes) std::swap(product.a_row, product.a_column);
  parallel_ranges(c.count, grain_of(2 * c.rows * c.columns * b.rows), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      kernel(product, a.numbers.data<T>() + i * a.to_next, b.numbers.data<T>() + i * b.to_next,
             c.numbers.data<float>() + i * c.to_next);
  });
}

}  // namespace

Tensor transposed(const Tensor& matrix) {
  const int64_t rows = matrix.shape()[0], columns = matrix.shape().row();
  Tensor result({columns, rows}, matrix.dtype());
  const Tensor numbers = matrix.reshaped({matrix.size()});
  parallel_ranges(columns, grain_of_rows(rows), [&](int64_t begin, int64_t end) {
    const memory::dims dims = {end - begin, rows};
    reorder(as_memory(numbers, {dims, type_of(matrix.dtype()), memory::dims{1, columns}}, begin),
            as_memory(result, {dims, type_of(matrix.dtype()), memory::dims{rows, 1}}, begin));
  });
  return result;
}

void multiply(const MatrixStack& a, Transpose transpose_a, const MatrixStack& b, MatrixStack& c,
              Accumulate accumulate) {
  if (a.numbers.dtype() == DType::F32) {
    if (c.columns >= kFewestProductColumns)
      return multiply_by_hand<float>(small_product_kernels().front(), a, transpose_a, b, c, accumulate);
  } else if (std::min(c.rows, c.columns) >= kFewestProductColumns && !suits_onednn(b, c, transpose_a)) {
    if (const auto kernel = small_product_bf16_kernel())
      return multiply_by_hand<Bfloat16>(kernel, a, transpose_a, b, c, accumulate);
  }
  guarded(
      [&] {
        const SingleThread single;
        const memory left = matrices(a, transpose_a, c.rows, b.rows),
                     right = matrices(b, Transpose::No, b.rows, b.columns),
                     result = matrices(c, Transpose::No, c.rows, c.columns);
        const dnnl::primitive_attr& how = accumulate == Accumulate::Yes ? adding() : attributes();
        run<dnnl::matmul>(
            descriptor_of<dnnl::matmul>(how, left.get_desc(), right.get_desc(), result.get_desc()),
            {{DNNL_ARG_SRC, left}, {DNNL_ARG_WEIGHTS, right}, {DNNL_ARG_DST, result}});
      },
      "products of ", a.count, " matrices");
}

}  // namespace pare
